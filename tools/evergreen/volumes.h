/* SPDX-License-Identifier: GPL-2.0 */
/* A disk and its partitions: what file systems on it are mounted from. */
#ifndef EVERGREEN_VOLUMES_H
#define EVERGREEN_VOLUMES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { VOLUMES_MAX = 65 };

struct volume {
	char node[64];			/* /dev/evg0p1 */
	dev_t dev;
	uint64_t start;			/* bytes, on the disk */
	uint64_t bytes;
};

/* The disk itself is the first.  Returns how many; 0: it is not there. */
size_t volumes_of_disk(uint32_t index, struct volume volume[VOLUMES_MAX]);

#endif
