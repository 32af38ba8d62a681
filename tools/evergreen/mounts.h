/* SPDX-License-Identifier: GPL-2.0 */
/* Where the file systems of a disk and its partitions are mounted. */
#ifndef EVERGREEN_MOUNTS_H
#define EVERGREEN_MOUNTS_H

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

enum { MOUNTS_MAX = 64, MOUNTS_TYPE = 32 };

struct mount_point {
	char path[PATH_MAX];
	char type[MOUNTS_TYPE];		/* ext4, squashfs, ... */
	char node[64];			/* /dev/evg0p1 */
	uint64_t start;			/* bytes, on the disk */
	uint64_t bytes;
};

/* One place for each file system, best its root.  Returns how many, or a
 * negative errno.
 */
int mounts_of_disk(uint32_t index, struct mount_point mounts[MOUNTS_MAX]);

#endif
