/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Who goes when the cache is over its quota.  PURE.
 *
 * The coldest region goes first.  Heats of one class are taken for equal, for
 * a byte of heat says no more than about how often a region was read; among
 * equals the one goes whose loss breaks the fewest functions that could run
 * now, then the one whose functions have the least weight, then the next one
 * upwards of the last that went, so that what came first goes first.  A function
 * that is broken is broken: the rest of it goes before another one is.
 *
 * Pinned regions never go.  What the cache holds but its map does not claim
 * (a helper was killed between two steps) is lost already and goes before all.
 *
 * Only so many candidates are kept as can go in one round, and a number for
 * each region of each function.
 */
#ifndef EVG_VICTIMS_H
#define EVG_VICTIMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/evergreen.h>
#include <function.h>

struct victim {
	uint64_t region;
	uint8_t heat;			/* as the kernel says it */
	uint8_t blocks;			/* that take room */
	bool lost;			/* nothing of it is present */
};

struct victims_candidate;
struct victims_member;
struct victims_function;

struct victims {
	struct victims_candidate *kept;	/* a heap, the warmest on top */
	size_t keeps;
	size_t max;
	uint64_t hand;			/* the region where the next round begins */
	struct victims_member *member;	/* by region, once indexed */
	size_t members;
	size_t members_max;
	struct victims_function *function;
	size_t functions;
	size_t functions_max;
	uint64_t pinned_blocks;		/* that take room, of all offered */
};

/* At most MAX go in a round.  0 or -ENOMEM. */
int victims_init(struct victims *v, size_t max);
void victims_free(struct victims *v);

/* A new round: no function is known, and nothing offered. */
void victims_begin(struct victims *v);

/* READY: it could run now, or is being fetched for that.  0 or -ENOMEM. */
int victims_add_function(struct victims *v, const struct function_range *range,
			 size_t ranges, uint32_t weight, bool pinned,
			 bool ready);

/* After the last function, and before the first offer. */
void victims_index(struct victims *v);

void victims_offer(struct victims *v, const struct victim *candidate);

/* Choose until BLOCKS are free, and no longer than there is something; they are
 * in OUT (room for MAX) in the order in which they go.  Returns how many.
 */
size_t victims_choose(struct victims *v, uint64_t blocks, struct victim *out);

#endif
