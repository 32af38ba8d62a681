/* SPDX-License-Identifier: GPL-2.0 */
/* Where the file systems of a disk and its partitions are mounted. */
#ifndef EVERGREEN_MOUNTPOINTS_H
#define EVERGREEN_MOUNTPOINTS_H

#include <limits.h>
#include <stdint.h>

#include "volumes.h"

enum { MOUNTPOINTS_MAX = 64, MOUNTPOINTS_TYPE = 32 };

struct mount_point {
	char path[PATH_MAX];
	char type[MOUNTPOINTS_TYPE];	/* ext4, squashfs, ... */
	struct volume volume;
};

/* One place for each file system, best its root.  Returns how many, or a
 * negative errno.
 */
int mountpoints_of_disk(uint32_t index, struct mount_point mounts[MOUNTPOINTS_MAX]);

#endif
