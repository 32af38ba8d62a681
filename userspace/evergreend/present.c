// SPDX-License-Identifier: GPL-2.0
#include "present.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { PAGE_WORDS = EVG_MAP_BLOCKS / 64 };

int present_init(struct present *p, uint64_t blocks)
{
	memset(p, 0, sizeof(*p));
	p->blocks = blocks;
	p->page = calloc(blocks / EVG_MAP_BLOCKS + 1, sizeof(*p->page));
	return p->page ? 0 : -ENOMEM;
}

void present_free(struct present *p)
{
	present_forget(p);
	free(p->page);
	p->page = NULL;
}

void present_forget(struct present *p)
{
	struct present_page *page;

	while ((page = p->known)) {
		p->known = page->next;
		free(page->bits);
		memset(page, 0, sizeof(*page));
	}
}

static uint32_t page_blocks(const struct present *p, uint64_t number)
{
	uint64_t rest = p->blocks - number * EVG_MAP_BLOCKS;

	return rest < EVG_MAP_BLOCKS ? (uint32_t)rest : EVG_MAP_BLOCKS;
}

static uint64_t *new_bits(void)
{
	return calloc(PAGE_WORDS, sizeof(uint64_t));
}

static void note_full(const struct present *p, struct present_page *page)
{
	if (page->count < page_blocks(p, (uint64_t)(page - p->page)))
		return;
	free(page->bits);
	page->bits = NULL;
}

int present_learn(struct present *p, uint64_t first,
		  const uint64_t words[EVG_MAP_WORDS])
{
	uint64_t number = first / EVG_MAP_BLOCKS;
	struct present_page *page = &p->page[number];
	uint32_t i, n = page_blocks(p, number);
	uint64_t *bits = new_bits();

	if (!bits)
		return -ENOMEM;
	if (!page->known) {
		page->known = true;
		page->next = p->known;
		p->known = page;
	}
	free(page->bits);
	page->bits = bits;
	page->count = 0;
	for (i = 0; i < n; i++) {
		if ((words[i / 32] >> (i % 32 * 2) & 3) == EVG_ABSENT)
			continue;
		bits[i / 64] |= 1ULL << (i % 64);
		page->count++;
	}
	note_full(p, page);
	return 0;
}

bool present_set(struct present *p, uint64_t block)
{
	struct present_page *page = &p->page[block / EVG_MAP_BLOCKS];
	uint32_t i = (uint32_t)(block % EVG_MAP_BLOCKS);

	if (!page->known || !page->bits || page->bits[i / 64] >> (i % 64) & 1)
		return false;
	page->bits[i / 64] |= 1ULL << (i % 64);
	page->count++;
	note_full(p, page);
	return true;
}

/* A page that is full has no bits: they are made again. */
static bool make_bits(const struct present *p, struct present_page *page)
{
	uint32_t i, n = page_blocks(p, (uint64_t)(page - p->page));

	if (page->bits)
		return true;
	page->bits = new_bits();
	for (i = 0; page->bits && i < n; i++)
		page->bits[i / 64] |= 1ULL << (i % 64);
	return page->bits;
}

/* Without memory it stays: then it is fetched when it is missed, and not before.
 */
bool present_clear(struct present *p, uint64_t block)
{
	struct present_page *page = &p->page[block / EVG_MAP_BLOCKS];
	uint32_t i = (uint32_t)(block % EVG_MAP_BLOCKS);

	if (!page->known || !make_bits(p, page) ||
	    !(page->bits[i / 64] >> (i % 64) & 1))
		return false;
	page->bits[i / 64] &= ~(1ULL << (i % 64));
	page->count--;
	return true;
}

static enum present_state state_of(const struct present_page *page, uint32_t i)
{
	if (!page->bits || page->bits[i / 64] >> (i % 64) & 1)
		return PRESENT_YES;
	return PRESENT_NO;
}

enum present_state present_run(const struct present *p, uint64_t first,
			       uint32_t count, uint32_t *run)
{
	const struct present_page *page = &p->page[first / EVG_MAP_BLOCKS];
	uint32_t from = (uint32_t)(first % EVG_MAP_BLOCKS);
	uint32_t left = EVG_MAP_BLOCKS - from;
	enum present_state state;
	uint32_t n = 1;

	if (count > left)
		count = left;
	*run = count;
	if (!page->known)
		return PRESENT_UNKNOWN;
	if (!page->bits)
		return PRESENT_YES;
	state = state_of(page, from);
	while (n < count && state_of(page, from + n) == state)
		n++;
	*run = n;
	return state;
}
