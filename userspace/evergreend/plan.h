/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel wants, and what is being read for it.  PURE.
 *
 * A want is one FETCH, a read one request to the server.  No block is in two
 * reads at once: a want whose blocks are being read waits for that read, also
 * when the read is older than the want's generation.  Demand goes before
 * readahead, and then the older want; adjoining wants share a read.
 *
 * A read through the page cache, though a program waits for it, comes as readahead.
 * So while demand passes it by, one read in PLAN_SHARE is for the oldest want of
 * all: the Kth oldest waits for at most PLAN_SHARE * K reads to begin.
 */
#ifndef EVG_PLAN_H
#define EVG_PLAN_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/evergreen.h>

enum {
	PLAN_WANTS	= EVG_WINDOW_MAX,
	PLAN_READS	= 512,
	PLAN_READ_MAX	= 64,		/* blocks in one read */
	PLAN_SHARE	= 4,
};

struct plan_want {
	uint64_t cookie;
	uint64_t first;			/* block */
	uint64_t order;			/* of arrival */
	uint32_t count;			/* blocks; 0: this slot is free */
	uint32_t done;			/* a bit a block: filled */
	uint32_t asked;			/* a bit a block: some read has it */
	enum evg_class class;
	bool whole;			/* only one read of all of it will do */
};

struct plan_read {
	uint64_t first;
	uint32_t count;			/* 0: this slot is free */
};

struct plan {
	uint64_t blocks;		/* in the image */
	uint32_t unit;			/* reads are aligned to so many blocks */
	uint32_t wants;			/* slots in use */
	uint32_t reads;
	uint32_t passed;		/* reads since the oldest want had its turn */
	uint64_t arrived;
	struct plan_want want[PLAN_WANTS];
	struct plan_read read[PLAN_READS];
};

enum plan_end {
	PLAN_FILLED,	/* the blocks are in the cache */
	PLAN_AGAIN,	/* the read came to nothing: read again */
	PLAN_FAILED,	/* the server refused: a want that was read alone ends,
			 * others are read again, alone
			 */
	PLAN_FULL,	/* the cache has no room: hand out the bytes */
};

typedef void plan_drop_fn(const struct plan_want *want, void *arg);

void plan_init(struct plan *p, uint64_t blocks);

/* The server wants reads aligned to UNIT blocks; 1 to PLAN_READ_MAX / 2. */
void plan_set_unit(struct plan *p, uint32_t unit);

/* 0, or -EINVAL: no such blocks, or -ENOSPC: too many wants. */
int plan_add(struct plan *p, uint64_t cookie, uint64_t first, uint32_t count,
	     enum evg_class class);

/* What to read next, of classes up to WORST; false: nothing.  *whole: do not
 * split it.  The plan changes with plan_start() only, which takes these blocks
 * or (unless *whole) the first of them, in multiples of the unit.
 */
bool plan_next(const struct plan *p, enum evg_class worst, uint64_t *first,
	       uint32_t *count, bool *whole);

/* Returns the read's number, or -ENOSPC. */
int plan_start(struct plan *p, uint64_t first, uint32_t count);

/* Is block FIRST in a read?  *run: for how many, at most COUNT, it is the same. */
bool plan_is_reading(const struct plan *p, uint64_t first, uint32_t count,
		     uint32_t *run);

/* Does anybody want or read any of these blocks? */
bool plan_uses(const struct plan *p, uint64_t first, uint32_t count);

/* In all reads. */
uint64_t plan_reading_blocks(const struct plan *p);

/* From now on only one read of all of it will do for each want that is here. */
void plan_set_whole(struct plan *p);

/* The read ended.  DROP is told of each want that ends by PLAN_FAILED or, when
 * the read has all of it, by PLAN_FULL.
 */
void plan_finish(struct plan *p, int read, enum plan_end end,
		 plan_drop_fn *drop, void *arg);

/* A new generation: the wants are void, the reads go on. */
void plan_forget(struct plan *p);

#endif
