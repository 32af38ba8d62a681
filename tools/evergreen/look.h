/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The side of resolve.c that touches file systems: a process of its own, for
 * what it does may wait for the link, and cannot be interrupted then.
 */
#ifndef EVERGREEN_LOOK_H
#define EVERGREEN_LOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "mountpoints.h"
#include "evgnl.h"

#define LOOK_COMM	"evergreen-look"	/* its misses are not told of */

enum look_kind {
	LOOK_FILE,
	LOOK_DIRECTORY,
	LOOK_DONE,			/* all of this mount was seen; no path */
};

/* What it writes, each followed by PATH_BYTES of path. */
struct look_found {
	uint64_t start;			/* bytes, on the disk */
	uint64_t bytes;
	uint32_t kind;
	uint32_t path_bytes;
};

struct look {
	int out;			/* where what is found goes */
	const struct evgnl_range *want;	/* sorted, none overlap */
	size_t wants;
	bool online;
	const struct mount_point *mount;
	bool partial;			/* something could not be looked at */
	bool stop;			/* no use in going on */
};

/* In the child: everything that is wanted of these mounts.  The first four fields
 * of LOOK are set.
 */
void look_at_mounts(struct look *look, const struct mount_point *mounts,
		    int count);

/* Is a block of these bytes of the mount wanted? */
bool look_wants(const struct look *look, uint64_t start, uint64_t bytes);
void look_tell(struct look *look, enum look_kind kind, uint64_t start,
	       uint64_t bytes, const char *path);
/* After an error: go on elsewhere, or stop? */
void look_failed(struct look *look, int error);

/* A file or a directory below the mount's path. */
struct look_entry {
	int dir;			/* that it is in */
	const char *name;		/* there */
	const char *path;		/* absolute */
	uint64_t ino;			/* of a file */
	int fd;				/* a directory's; -1: a file, not open */
};

typedef void (*look_visit)(const struct look_entry *entry, void *arg);

/* All of them, the mount's own directory first, as long as it is of use. */
void look_walk(struct look *look, look_visit visit, void *arg);

/* ext4, XFS, erofs and what else tells where files lie */
void look_by_fiemap(struct look *look);
void look_at_squashfs(struct look *look);

#endif
