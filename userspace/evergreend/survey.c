// SPDX-License-Identifier: GPL-2.0
#include "survey.h"

#include <errno.h>
#include <string.h>

#include "allocated.h"

enum { REGIONS = EVG_MAP_BLOCKS / EVG_REGION_BLOCKS };

/* The map's bits of a region, two for each of its blocks. */
static uint32_t bits_of(const struct evgnl_page *page, uint32_t region)
{
	return (uint32_t)(page->words[region / 2] >> (region % 2 * 32));
}

static void offer_page(const struct evgnl_page *map,
		       const struct evgnl_page *heat, const uint8_t *taken,
		       bool reclaim, struct victims *v, uint64_t *lost)
{
	struct victim victim;
	uint32_t i;

	for (i = 0; i < REGIONS; i++) {
		victim.region = map->first / EVG_REGION_BLOCKS + i;
		victim.blocks = taken[i];
		victim.heat = heat->heat[i];
		victim.lost = !bits_of(map, i);
		if (!taken[i] || (victim.lost && !reclaim))
			continue;
		if (victim.lost)
			*lost += taken[i];
		victims_offer(v, &victim);
	}
}

int survey(const struct cache *c, struct evgnl *nl, uint32_t index,
	   bool reclaim, struct victims *v, uint64_t *lost)
{
	struct evgnl_page map, heat;
	uint8_t taken[REGIONS];
	uint64_t block = 0;
	uint32_t count;
	int ret;

	*lost = 0;
	for (;; block += count) {
		block = allocated_next(c->clean_fd, block);
		if (block >= c->blocks)
			return 0;
		block -= block % EVG_MAP_BLOCKS;
		count = c->blocks - block < EVG_MAP_BLOCKS ?
			(uint32_t)(c->blocks - block) : EVG_MAP_BLOCKS;
		memset(taken, 0, sizeof(taken));
		ret = allocated_count(c->clean_fd, block, count, taken);
		if (ret)
			return ret;
		ret = evgnl_map_wait(nl, index, block, &map);
		if (ret)
			return ret;
		/* Nothing can be evicted there. */
		if (map.unread)
			continue;
		ret = evgnl_heat(nl, index, block, &heat);
		if (ret)
			return ret;
		offer_page(&map, &heat, taken, reclaim, v, lost);
	}
}
