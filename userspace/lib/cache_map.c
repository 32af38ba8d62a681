// SPDX-License-Identifier: GPL-2.0
/*
 * The committed map, read while the kernel may be writing it: a slot that
 * looks bad is read again before it is believed to be.  The slots are read one by
 * one: of a page one of whose slots is good, the other one does not matter.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "cache_priv.h"

enum { READ_TRIES = 3 };

struct page_pair {
	struct evg_map_page slot[2];
	const struct evg_map_page *best;	/* NULL: none is valid */
	unsigned int bad;			/* slots not empty, not valid */
	unsigned int empty;
	int error[2];				/* of a slot that cannot be read */
	bool unread;				/* and so nobody knows what is claimed */
};

static bool is_empty(const struct evg_map_page *page)
{
	static const struct evg_map_page zero;

	return !memcmp(page, &zero, sizeof(zero));
}

static bool is_valid(const struct cache *c, const struct evg_map_page *page,
		     uint64_t index)
{
	uint32_t crc;

	if (le32toh(page->magic) != EVG_MAP_MAGIC ||
	    le64toh(page->index) != index || !page->generation)
		return false;
	crc = crc32c(0, c->header.uuid, sizeof(c->header.uuid));
	crc = crc32c(crc, page, offsetof(struct evg_map_page, crc));
	return le32toh(page->crc) == crc;
}

static void judge(const struct cache *c, struct page_pair *pair,
		  uint64_t index)
{
	int i;

	pair->best = NULL;
	pair->bad = 0;
	pair->empty = 0;
	for (i = 0; i < 2; i++) {
		const struct evg_map_page *slot = &pair->slot[i];

		if (pair->error[i])
			continue;
		if (is_empty(slot))
			pair->empty++;
		else if (!is_valid(c, slot, index))
			pair->bad++;
		else if (!pair->best || le64toh(slot->generation) >
					le64toh(pair->best->generation))
			pair->best = slot;
	}
	pair->unread = !pair->best && (pair->error[0] || pair->error[1]);
}

/* What lies beyond the file's end is zeros. */
static int read_slot(const struct cache *c, struct evg_map_page *slot,
		     uint64_t offset)
{
	size_t done = 0;
	ssize_t n;

	memset(slot, 0, sizeof(*slot));
	do {
		n = pread(c->map_fd, (char *)slot + done, sizeof(*slot) - done,
			  (off_t)(offset + done));
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	} while (n && done < sizeof(*slot));
	return 0;
}

static void read_pair(const struct cache *c, struct page_pair *pair,
		     uint64_t index)
{
	uint64_t offset = EVG_MAP_OFFSET + index * sizeof(pair->slot);
	int i, try;

	for (try = 0; try < READ_TRIES; try++) {
		for (i = 0; i < 2; i++)
			pair->error[i] = read_slot(c, &pair->slot[i],
						   offset + i * sizeof(pair->slot[i]));
		judge(c, pair, index);
		if (!pair->bad)
			break;
	}
}

/* The first page from INDEX on that may hold something. */
static uint64_t skip_holes(const struct cache *c, uint64_t index)
{
	uint64_t offset = EVG_MAP_OFFSET + index * 2 * EVG_MAP_PAGE_BYTES;
	off_t data;

	if (c->is_bdev)
		return index;
	data = lseek(c->map_fd, (off_t)offset, SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? UINT64_MAX : index;
	return ((uint64_t)data - EVG_MAP_OFFSET) / (2 * EVG_MAP_PAGE_BYTES);
}

static unsigned int state_of(const struct evg_map_page *page, uint64_t i)
{
	return le64toh(page->words[i / 32]) >> (2 * (i % 32)) & 3;
}

static uint64_t count_present(const struct evg_map_page *page)
{
	const uint64_t low = 0x5555555555555555ULL;
	uint64_t n = 0, word;
	int i;

	for (i = 0; i < EVG_MAP_WORDS; i++) {
		word = le64toh(page->words[i]);
		n += (uint64_t)__builtin_popcountll((word | word >> 1) & low);
	}
	return n;
}

int cache_count(const struct cache *c, struct cache_count *count)
{
	uint64_t index, pages = cache_map_pages(c->blocks);
	struct page_pair pair;

	memset(count, 0, sizeof(*count));
	for (index = 0; index < pages; index++) {
		index = skip_holes(c, index);
		if (index >= pages)
			break;
		read_pair(c, &pair, index);
		if (pair.empty == 2)
			continue;
		count->pages++;
		if (pair.unread)
			count->unread++;
		else if (!pair.best)
			count->damaged++;
		else if (pair.bad)
			count->torn++;
		if (pair.best)
			count->present += count_present(pair.best);
	}
	return 0;
}

struct runs {
	uint64_t first;
	uint64_t count;
	int (*run)(uint64_t first, uint64_t count, void *arg);
	void *arg;
};

static int end_run(struct runs *r)
{
	uint64_t count = r->count;

	r->count = 0;
	return count ? r->run(r->first, count, r->arg) : 0;
}

static int add_block(struct runs *r, uint64_t block)
{
	int ret = 0;

	if (r->count && r->first + r->count == block) {
		r->count++;
		return 0;
	}
	ret = end_run(r);
	r->first = block;
	r->count = 1;
	return ret;
}

/* Stops early and returns what RUN returned when that is not 0. */
int cache_each_present(const struct cache *c, uint64_t first, uint64_t n,
		       int (*run)(uint64_t first, uint64_t count, void *arg),
		       void *arg)
{
	struct runs runs = { .run = run, .arg = arg };
	uint64_t end, index, block, base;
	struct page_pair pair;
	int ret = 0;

	if (first >= c->blocks)
		return 0;
	end = n < c->blocks - first ? first + n : c->blocks;
	for (index = first / EVG_MAP_BLOCKS; !ret; index++) {
		index = skip_holes(c, index);
		if (index >= cache_map_pages(end))
			break;
		read_pair(c, &pair, index);
		if (!pair.best)
			continue;
		base = index * EVG_MAP_BLOCKS;
		for (block = base > first ? base : first;
		     block < end && block < base + EVG_MAP_BLOCKS && !ret;
		     block++)
			if (state_of(pair.best, block - base) != EVG_ABSENT)
				ret = add_block(&runs, block);
	}
	return ret ? ret : end_run(&runs);
}

/* Findings within one valid page. */
static int check_page(const struct cache *c, const struct evg_map_page *page,
		      uint64_t index, FILE *out)
{
	uint64_t i, block, beyond = 0, dirty = 0;

	for (i = 0; i < EVG_MAP_BLOCKS; i++) {
		unsigned int state = state_of(page, i);

		block = index * EVG_MAP_BLOCKS + i;
		if (state != EVG_ABSENT && block >= c->blocks)
			beyond++;
		else if (state > EVG_CLEAN)
			dirty++;
	}
	if (beyond)
		fprintf(out, "map page %llu: %llu blocks lie beyond the image's end\n",
			(unsigned long long)index, (unsigned long long)beyond);
	if (dirty)
		fprintf(out, "map page %llu: %llu blocks have a state that is not known\n",
			(unsigned long long)index, (unsigned long long)dirty);
	return !!beyond + !!dirty;
}

static int check_slots(const struct page_pair *pair, uint64_t index, FILE *out)
{
	int i, findings = 0;

	for (i = 0; i < 2; i++) {
		if (!pair->error[i])
			continue;
		fprintf(out, "map page %llu: slot %d cannot be read: %s; %s\n",
			(unsigned long long)index, i, strerror(-pair->error[i]),
			pair->best ? "the other counts" :
				     "what the page claims is not known");
		findings++;
	}
	if (pair->bad) {
		fprintf(out, "map page %llu: %s\n", (unsigned long long)index,
			pair->best ? "one slot is bad; the other counts" :
			pair->unread ? "the other slot is bad" :
			"no slot is good; its blocks count as absent");
		findings++;
	}
	return findings;
}

static int check_map(const struct cache *c, FILE *out)
{
	uint64_t index, pages = cache_map_pages(c->blocks);
	struct page_pair pair;
	int findings = 0;

	for (index = 0; index < pages; index++) {
		index = skip_holes(c, index);
		if (index >= pages)
			break;
		read_pair(c, &pair, index);
		findings += check_slots(&pair, index, out);
		if (pair.best)
			findings += check_page(c, pair.best, index, out);
	}
	return findings;
}

/* The disk may be attached just now, and the header be older than the times. */
static int open_to_check(struct cache *c, const char *path)
{
	int ret = cache_open(c, path, true);

	if (!ret && cache_distrusts(c)) {
		cache_close(c);
		ret = cache_open(c, path, true);
	}
	return ret;
}

int cache_check(const char *path, FILE *out)
{
	struct cache c;
	const char *why;
	int ret;

	ret = open_to_check(&c, path);
	if (ret == -EUCLEAN || ret == -EPROTONOSUPPORT) {
		fprintf(out, "%s\n", cache_error());
		return 1;
	}
	if (ret)
		return ret;
	ret = check_map(&c, out);
	why = cache_distrusts(&c);
	if (why && ret >= 0) {
		fprintf(out, "%s: attaching it begins with an empty map\n", why);
		ret++;
	}
	cache_close(&c);
	return ret;
}
