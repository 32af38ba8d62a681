/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which blocks are in the cache, as far as the helper knows.  PURE.
 *
 * The kernel has the truth.  A page of its map is learned when it is needed;
 * from then on the helper's own fills keep it right.  Whoever has reason to
 * doubt it forgets everything, and it is learned again.
 */
#ifndef EVG_PRESENT_H
#define EVG_PRESENT_H

#include <stdbool.h>
#include <stdint.h>
#include <linux/evergreen_format.h>

enum present_state {
	PRESENT_UNKNOWN,
	PRESENT_NO,
	PRESENT_YES,
};

struct present_page {
	uint64_t *bits;			/* NULL when known: all are present */
	struct present_page *next;	/* that is known */
	uint32_t count;			/* that are present */
	bool known;
};

struct present {
	uint64_t blocks;		/* in the image */
	struct present_page *page;
	struct present_page *known;
};

int present_init(struct present *p, uint64_t blocks);
void present_free(struct present *p);
void present_forget(struct present *p);

/* The page that holds block FIRST, in the map's words.  0 or -ENOMEM. */
int present_learn(struct present *p, uint64_t first,
		  const uint64_t words[EVG_MAP_WORDS]);

/* It came, or went: true when that is news.  False where nothing is known. */
bool present_set(struct present *p, uint64_t block);
bool present_clear(struct present *p, uint64_t block);

/* What is known of block FIRST, and in *run of how many blocks from it on (at
 * most COUNT) the same.
 */
enum present_state present_run(const struct present *p, uint64_t first,
			       uint32_t count, uint32_t *run);

#endif
