// SPDX-License-Identifier: GPL-2.0
#include "share.h"

#include <time.h>

#include "presence.h"

enum { LIMIT_MS = 500, REGIONS = EVG_MAP_BLOCKS / EVG_REGION_BLOCKS };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

double share_reads(uint8_t heat)
{
	unsigned int level = heat & EVG_HEAT_MASK;

	return (double)((4 + level % 4) * (1ULL << (level / 4)) - 4);
}

static double present_share(const struct evgnl_page *map, uint64_t first,
			    uint64_t end)
{
	uint64_t block, present = 0;

	for (block = first; block < end; block++)
		present += presence_in_page(map, block) != EVG_ABSENT;
	return (double)present / (double)(end - first);
}

/* Returns 0, also for a page of which nothing is known, or a negative errno. */
static int add_page(struct evgnl *nl, uint32_t index, uint64_t first,
		    double *all, double *there)
{
	struct evgnl_page heat, map;
	uint64_t from, to;
	bool asked = false;
	double reads;
	int i, err;

	err = evgnl_heat(nl, index, first, &heat);
	for (i = 0; i < REGIONS && !err; i++) {
		reads = share_reads(heat.heat[i]);
		from = first + (uint64_t)i * EVG_REGION_BLOCKS;
		if (reads <= 0)
			continue;
		if (!asked)
			err = evgnl_map_wait(nl, index, first, &map);
		asked = true;
		if (err || from >= map.first + map.count)
			break;
		to = from + EVG_REGION_BLOCKS;
		if (to > map.first + map.count)
			to = map.first + map.count;
		*all += reads;
		*there += reads * present_share(&map, from, to);
	}
	return err;
}

double share_offline(struct evgnl *nl, const struct evgnl_disk *disk)
{
	uint64_t blocks = evgnl_blocks(disk);
	int64_t until = now_ms() + LIMIT_MS;
	double all = 0, there = 0;
	uint64_t first;

	for (first = 0; first < blocks; first += EVG_MAP_BLOCKS)
		if (add_page(nl, disk->index, first, &all, &there) ||
		    now_ms() > until)
			return -1;
	return all > 0 ? there / all : -1;
}
