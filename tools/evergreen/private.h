/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A mount of our own of a file system that may be mounted elsewhere: read-only,
 * seen by nobody, with caches of its own that are empty at first, over a loop
 * device that keeps none.  Every first read through it is a read of the disk.
 */
#ifndef EVERGREEN_PRIVATE_H
#define EVERGREEN_PRIVATE_H

#include "place.h"

enum private_type {
	PRIVATE_NONE,			/* none that is known */
	PRIVATE_EXT4,
	PRIVATE_XFS,
	PRIVATE_SQUASHFS,
	PRIVATE_EROFS,
};

/* What is on that volume; negative after a message. */
int private_type(const struct volume *volume);
const char *private_type_name(enum private_type type);

/* A descriptor of its root, or -1 after a message.  When it and what was opened
 * below it are closed, all of it is gone.
 */
int private_mount(const struct volume *volume, enum private_type type);

/* Squashfs keeps all that is not data at its end, from this byte on, up to END.
 * Returns EXIT_OK, or EXIT_FAILED after a message.
 */
int private_squashfs_tables(const struct volume *volume, uint64_t *start,
			    uint64_t *end);

#endif
