/* SPDX-License-Identifier: GPL-2.0 */
/* A look at all that takes room in the cache, to choose who goes. */
#ifndef EVG_SURVEY_H
#define EVG_SURVEY_H

#include <stdbool.h>
#include <stdint.h>
#include <cache.h>
#include <evgnl.h>

#include "victims.h"

/* Offer each region that takes room, and RECLAIM: also those of which the map
 * claims nothing; *lost: how many blocks these take.  0 or a negative errno.
 * Slow; for any thread, with a handle of its own.
 */
int survey(const struct cache *c, struct evgnl *nl, uint32_t index,
	   bool reclaim, struct victims *v, uint64_t *lost);

#endif
