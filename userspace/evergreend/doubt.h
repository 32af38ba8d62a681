/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Ranges of blocks, of which more may be named than were added, never fewer.  PURE.
 *
 * So many are kept as they are; with more, all are rounded to larger units, and
 * those that meet are joined.
 */
#ifndef EVG_DOUBT_H
#define EVG_DOUBT_H

#include <stddef.h>
#include <stdint.h>
#include <evgnl.h>

enum { DOUBT_RANGES = 32768 };

struct doubt_range {
	uint64_t first;			/* block */
	uint64_t end;
};

struct doubt {
	struct doubt_range *range;	/* DOUBT_RANGES */
	size_t n;
	uint64_t unit;			/* blocks */
};

int doubt_init(struct doubt *d);	/* -ENOMEM */
void doubt_add(struct doubt *d, uint64_t first, uint64_t count);

/* Move all that FROM has into D. */
void doubt_move(struct doubt *d, struct doubt *from);
void doubt_clear(struct doubt *d);

/* Take some out, no longer than EVG_RANGE_BLOCKS, that lie within BLOCKS; how
 * many, at most MAX.
 */
size_t doubt_take(struct doubt *d, struct evgnl_range *out, size_t max,
		  uint64_t blocks);

#endif
