/* SPDX-License-Identifier: GPL-2.0 */
/* A disk as the verbs look at it that tell what works offline: its state, its
 * functions, the blocks that are there.  Nothing here reads the device.
 */
#ifndef EVERGREEN_VIEW_H
#define EVERGREEN_VIEW_H

#include <limits.h>

#include "evgnl.h"
#include "function.h"
#include "presence.h"

struct view {
	struct evgnl *nl;
	struct evgnl_disk disk;
	struct evg_header header;	/* of its cache */
	char home[PATH_MAX];		/* where its functions are */
	struct function *function;
	size_t functions;
	uint64_t *present;		/* blocks of each, after view_count() */
	struct presence *presence;
};

/* Each returns EXIT_OK, or EXIT_FAILED after a message; NL is the caller's.
 * A function whose file is damaged is a note on stderr and left out.
 */
int view_open(struct view *view, struct evgnl *nl, uint32_t index);
int view_count(struct view *view);

/* Both at once, of a disk that was asked for; says nothing: 0, or a negative
 * errno, and then WHY has one line.
 */
int view_look(struct view *view, struct evgnl *nl, const struct evgnl_disk *disk,
	      char *why, size_t bytes);
void view_close(struct view *view);

/* By name; NULL when there is none. */
const struct function *view_find(const struct view *view, const char *name);

/* Is it known to be of this image?  An older cache's may be of another one. */
bool view_is_of(const struct view *view, const struct function *f);

/* After view_count(): it is of this image, all its blocks are there, and the file systems' own
 * blocks are, too, as far as they are known.
 */
bool view_is_ready(const struct view *view, const struct function *f);

/* Functions that a person or an import made; not "metadata" or "session". */
bool view_is_own(const struct function *f);
void view_count_ready(const struct view *view, size_t *ready, size_t *all);

#endif
