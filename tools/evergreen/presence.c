// SPDX-License-Identifier: GPL-2.0
#include "presence.h"

#include <errno.h>
#include <stdlib.h>

struct presence {
	struct evgnl *nl;
	uint32_t index;
	uint64_t blocks;
	size_t pages;
	struct evgnl_page *page[];	/* NULL: not asked for yet */
};

struct presence *presence_open(struct evgnl *nl, const struct evgnl_disk *disk)
{
	uint64_t blocks = evgnl_blocks(disk);
	size_t pages = (blocks + EVG_MAP_BLOCKS - 1) / EVG_MAP_BLOCKS;
	struct presence *presence;

	presence = calloc(1, sizeof(*presence) + pages * sizeof(void *));
	if (!presence)
		return NULL;
	presence->nl = nl;
	presence->index = disk->index;
	presence->blocks = blocks;
	presence->pages = pages;
	return presence;
}

void presence_close(struct presence *presence)
{
	size_t i;

	if (!presence)
		return;
	for (i = 0; i < presence->pages; i++)
		free(presence->page[i]);
	free(presence);
}

enum evg_block presence_in_page(const struct evgnl_page *page, uint64_t block)
{
	uint64_t at = block - page->first;

	return page->words[at / 32] >> (at % 32 * 2) & 3;
}

static int get_page(struct presence *presence, uint64_t block,
		    const struct evgnl_page **found)
{
	size_t at = block / EVG_MAP_BLOCKS;
	struct evgnl_page *page = presence->page[at];
	int err;

	if (!page) {
		page = malloc(sizeof(*page));
		if (!page)
			return -ENOMEM;
		err = evgnl_map_wait(presence->nl, presence->index, block, page);
		if (err) {
			free(page);
			return err;
		}
		presence->page[at] = page;
	}
	*found = page;
	return 0;
}

int presence_count(struct presence *presence, uint64_t first, uint64_t count,
		   uint64_t *present)
{
	const struct evgnl_page *page = NULL;
	uint64_t block, end;
	int err;

	*present = 0;
	if (first >= presence->blocks)
		return 0;
	end = count < presence->blocks - first ? first + count : presence->blocks;
	for (block = first; block < end; block++) {
		if (!page || block % EVG_MAP_BLOCKS == 0) {
			err = get_page(presence, block, &page);
			if (err)
				return err;
		}
		if (presence_in_page(page, block) != EVG_ABSENT)
			(*present)++;
	}
	return 0;
}

int presence_of_function(struct presence *presence, const struct function *f,
			 uint64_t *present)
{
	uint64_t some;
	size_t i;
	int err;

	*present = 0;
	for (i = 0; i < f->ranges; i++) {
		err = presence_count(presence, f->range[i].first,
				     f->range[i].count, &some);
		if (err)
			return err;
		*present += some;
	}
	return 0;
}
