/* SPDX-License-Identifier: GPL-2.0 */
/* Which files blocks belong to. */
#ifndef EVERGREEN_RESOLVE_H
#define EVERGREEN_RESOLVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "evgnl.h"

enum resolve_kind {
	RESOLVE_FILE,
	RESOLVE_DIRECTORY,
	RESOLVE_METADATA,	/* of the file system that is mounted at path */
	RESOLVE_UNKNOWN,	/* it is mounted there, but not all could be seen */
	RESOLVE_UNMOUNTED,	/* no file system that is mounted has it */
};

struct resolve_span {
	uint64_t start;		/* bytes, on the disk; sorted, none overlap */
	uint64_t bytes;
	enum resolve_kind kind;
	unsigned int others;	/* files that share these bytes, packed together */
	char *path;
};

struct resolve {
	struct resolve_span *span;
	size_t spans, room;
	struct resolve_span *mount;
	size_t mounts;
	bool late;		/* it was ended for it took too long */
};

/* Look at the mounted file systems, for some seconds at most: that may read them,
 * and while the link is not up that may wait.  WANT is sorted in place.
 * Returns 0 or a negative errno; what could not be found out is no error.
 */
int resolve_blocks(struct resolve *resolve, const struct evgnl_disk *disk,
		   struct evgnl_range *want, size_t wants);
void resolve_free(struct resolve *resolve);

/* Sort them, make those one that touch or overlap; how many are left. */
size_t resolve_merge(struct evgnl_range *want, size_t wants);

/* Whose block it is: of the one that has most of it. */
const struct resolve_span *resolve_block(const struct resolve *resolve,
					 uint64_t block);

bool resolve_has_part(const struct resolve_span *span, uint64_t block);

/* "file", "directory", "metadata", "unknown", "unmounted" */
const char *resolve_kind_name(enum resolve_kind kind);

/* As people read it: the path, or what it is instead. */
enum { RESOLVE_TEXT = 4300 };
const char *resolve_text(const struct resolve_span *span,
			 char text[RESOLVE_TEXT]);

#endif
