// SPDX-License-Identifier: GPL-2.0
#include "picture.h"

#include <stdlib.h>
#include <string.h>

#include "evergreen.h"
#include "share.h"

enum { OFTEN = 4, VERY_OFTEN = 16 };	/* reads of a region */

static struct cell_of_disk *cell_of(struct picture *picture, uint64_t block)
{
	return &picture->cell[block / picture->per_cell];
}

static void add_states(struct picture *picture, const struct evgnl_page *page)
{
	struct cell_of_disk *cell;
	uint64_t i;

	for (i = page->first; i < page->first + page->count; i++) {
		cell = cell_of(picture, i);
		switch (presence_in_page(page, i)) {
		case EVG_CLEAN:
			cell->clean++;
			break;
		case EVG_DIRTY:
			cell->dirty++;
			break;
		default:
			break;
		}
	}
}

/* A region may be larger than a cell: then its cells share its reads. */
static void add_region(struct picture *picture, uint64_t first, double reads)
{
	uint64_t end = first + EVG_REGION_BLOCKS, block, next;
	struct cell_of_disk *cell;

	if (end > picture->blocks)
		end = picture->blocks;
	for (block = first; block < end; block = next) {
		next = (block / picture->per_cell + 1) * picture->per_cell;
		if (next > end)
			next = end;
		cell = cell_of(picture, block);
		cell->reads += reads * (double)(next - block) / (double)(end - first);
		if (reads > cell->peak)
			cell->peak = reads;
	}
}

static void add_heat(struct picture *picture, uint64_t first,
		     const struct evgnl_page *page)
{
	int i;

	for (i = 0; i < EVG_MAP_BLOCKS / EVG_REGION_BLOCKS; i++)
		if (page->heat[i] & EVG_HEAT_MASK)
			add_region(picture, first + (uint64_t)i * EVG_REGION_BLOCKS,
				   share_reads(page->heat[i]));
}

static int add_page(struct picture *picture, struct view *view, uint64_t first)
{
	struct evgnl_page page;
	int err;

	err = evgnl_map_wait(view->nl, view->disk.index, first, &page);
	if (err)
		return err;
	add_states(picture, &page);
	err = evgnl_heat(view->nl, view->disk.index, first, &page);
	if (err)
		return err;
	add_heat(picture, first, &page);
	return 0;
}

static int add_pinned(struct picture *picture, struct view *view,
		      const struct function *f)
{
	uint64_t block, end, present;
	struct cell_of_disk *cell;
	size_t i;
	int err;

	for (i = 0; i < f->ranges; i++) {
		end = f->range[i].first + f->range[i].count;
		for (block = f->range[i].first;
		     block < end && block < picture->blocks; block++) {
			err = presence_count(view->presence, block, 1, &present);
			if (err)
				return err;
			cell = cell_of(picture, block);
			cell->pinned++;
			cell->pinned_absent += !present;
		}
	}
	return 0;
}

static void add_up(struct picture *picture)
{
	struct cell_of_disk *cell, *all = &picture->all;
	size_t i;

	for (i = 0; i < picture->cells; i++) {
		cell = &picture->cell[i];
		cell->blocks = picture->per_cell;
		if (i == picture->cells - 1)
			cell->blocks = picture->blocks - i * picture->per_cell;
		all->blocks += cell->blocks;
		all->clean += cell->clean;
		all->dirty += cell->dirty;
		all->pinned += cell->pinned;
		all->pinned_absent += cell->pinned_absent;
		all->reads += cell->reads;
	}
}

int picture_make(struct picture *picture, struct view *view, size_t cells)
{
	uint64_t first;
	size_t i;
	int err = 0;

	memset(picture, 0, sizeof(*picture));
	picture->blocks = evgnl_blocks(&view->disk);
	picture->per_cell = (picture->blocks + cells - 1) / cells;
	picture->cells = (picture->blocks + picture->per_cell - 1) /
		picture->per_cell;
	picture->cell = calloc(picture->cells, sizeof(*picture->cell));
	if (!picture->cell)
		return say_failure("out of memory");
	for (first = 0; first < picture->blocks && !err; first += EVG_MAP_BLOCKS)
		err = add_page(picture, view, first);
	for (i = 0; i < view->functions && !err; i++)
		if (view->function[i].pinned)
			err = add_pinned(picture, view, &view->function[i]);
	if (err)
		return say_failure("/dev/evg%u: %s", view->disk.index,
				   evgnl_error(view->nl));
	add_up(picture);
	return EXIT_OK;
}

void picture_free(struct picture *picture)
{
	free(picture->cell);
}

enum picture_look picture_look(const struct cell_of_disk *cell)
{
	uint64_t present = cell->clean + cell->dirty;

	if (cell->dirty)
		return PICTURE_DIRTY;
	if (cell->pinned_absent)
		return PICTURE_WANTED;
	if (cell->pinned)
		return PICTURE_PINNED;
	if (!present)
		return PICTURE_ABSENT;
	if (present == cell->blocks)
		return PICTURE_CLEAN;
	return present * 2 < cell->blocks ? PICTURE_SOME : PICTURE_MOST;
}

const char *picture_look_name(enum picture_look look)
{
	switch (look) {
	case PICTURE_ABSENT:
		return "absent";
	case PICTURE_SOME:
		return "some cached";
	case PICTURE_MOST:
		return "most cached";
	case PICTURE_CLEAN:
		return "cached";
	case PICTURE_DIRTY:
		return "written here";
	case PICTURE_PINNED:
		return "pinned";
	case PICTURE_WANTED:
		return "pinned, missing";
	case PICTURE_LOOKS:
		break;
	}
	return "";
}

int picture_heat(const struct cell_of_disk *cell)
{
	if (cell->peak >= VERY_OFTEN)
		return 2;
	return cell->peak >= OFTEN;
}
