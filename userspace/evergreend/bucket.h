/* SPDX-License-Identifier: GPL-2.0 */
/*
 * So many bytes a second and no more.  PURE: time is an argument, in ns.
 *
 * Whoever takes may take more than there is; then nobody takes before that
 * debt is paid.  What is not used is kept for a tenth of a second only.
 */
#ifndef EVG_BUCKET_H
#define EVG_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct bucket {
	uint64_t rate;			/* bytes a second, to 2^30; 0: no limit */
	uint64_t filled_ns;		/* to when it is filled */
	int64_t bytes;
};

void bucket_init(struct bucket *b, uint64_t now, uint64_t rate);

/* May something be taken? */
bool bucket_allows(struct bucket *b, uint64_t now);
void bucket_take(struct bucket *b, uint64_t bytes);

#endif
