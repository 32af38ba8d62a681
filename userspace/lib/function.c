// SPDX-License-Identifier: GPL-2.0
/* A function: a list of blocks without repetition, in order of first touch. */
#define _GNU_SOURCE
#include "function_priv.h"

#include <endian.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <linux/evergreen.h>

enum {
	BLOCK		= EVG_BLOCK_SIZE,
	LEAF_BLOCKS	= 32768,	/* 128 MiB of the image in 4 KiB */
	LEAF_WORDS	= LEAF_BLOCKS / 64,
};

/* A bitmap of the image's blocks, allocated where there are any. */
struct function_seen {
	uint64_t leaves;
	uint64_t *leaf[];
};

static __thread char error_text[4608];

const char *function_error(void)
{
	return error_text;
}

int function_refuse(int error, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(error_text, sizeof(error_text), format, args);
	va_end(args);
	return -error;
}

uint64_t function_image_blocks(const struct function *f)
{
	return f->image_bytes / BLOCK + !!(f->image_bytes % BLOCK);
}

bool function_name_is_good(const char *name)
{
	static const char good[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-";
	size_t n = strspn(name, good);

	return n && !name[n] && n < FUNCTION_NAME_MAX && name[0] != '.' &&
	       name[0] != '-';
}

void function_stamp(struct function *f, const struct evg_header *header)
{
	uint32_t i, samples = le32toh(header->samples);

	f->image_bytes = le64toh(header->image_bytes);
	memcpy(f->fingerprint, header->fingerprint, sizeof(f->fingerprint));
	f->samples = samples > EVG_SAMPLES ? EVG_SAMPLES : samples;
	for (i = 0; i < f->samples; i++)
		f->sample[i] = le64toh(header->sample[i]);
}

bool function_is_of(const struct function *f, const struct evg_header *header)
{
	struct function of = { .samples = 0 };

	function_stamp(&of, header);
	return f->image_bytes == of.image_bytes && f->samples == of.samples &&
	       !memcmp(f->fingerprint, of.fingerprint, sizeof(of.fingerprint)) &&
	       !memcmp(f->sample, of.sample, of.samples * sizeof(of.sample[0]));
}

void function_init(struct function *f, const char *name,
		   const struct evg_header *header)
{
	memset(f, 0, sizeof(*f));
	snprintf(f->name, sizeof(f->name), "%s", name);
	f->weight = FUNCTION_WEIGHT;
	f->recorded = (uint64_t)time(NULL);
	function_stamp(f, header);
}

void function_settle(struct function *f)
{
	uint64_t i;

	for (i = 0; f->seen && i < f->seen->leaves; i++)
		free(f->seen->leaf[i]);
	free(f->seen);
	f->seen = NULL;
}

void function_free(struct function *f)
{
	function_settle(f);
	free(f->command);
	free(f->range);
	memset(f, 0, sizeof(*f));
}

static uint64_t *leaf_of(struct function_seen *seen, uint64_t block)
{
	uint64_t **leaf = &seen->leaf[block / LEAF_BLOCKS];

	if (!*leaf)
		*leaf = calloc(LEAF_WORDS, sizeof(**leaf));
	return *leaf;
}

/* Mark blocks that agree with FIRST in having been marked; how many, or 0. */
static uint64_t mark_alike(struct function_seen *seen, uint64_t first,
			   uint64_t count, bool *was_new)
{
	uint64_t n, bit, *leaf = NULL, *word;

	for (n = 0; n < count; n++, first++) {
		if (!leaf || !(first % LEAF_BLOCKS))
			leaf = leaf_of(seen, first);
		if (!leaf)
			return 0;
		word = &leaf[first % LEAF_BLOCKS / 64];
		bit = 1ULL << first % 64;
		if (!n)
			*was_new = !(*word & bit);
		else if (*was_new == !!(*word & bit))
			break;
		*word |= bit;
	}
	return n;
}

static int remember_all(struct function *f)
{
	uint64_t n, done, leaves;
	bool was_new;
	size_t i;

	leaves = function_image_blocks(f) / LEAF_BLOCKS + 1;
	f->seen = calloc(1, sizeof(*f->seen) + leaves * sizeof(f->seen->leaf[0]));
	if (!f->seen)
		return function_refuse(ENOMEM, "out of memory");
	f->seen->leaves = leaves;
	for (i = 0; i < f->ranges; i++) {
		for (done = 0; done < f->range[i].count; done += n) {
			n = mark_alike(f->seen, f->range[i].first + done,
				       f->range[i].count - done, &was_new);
			if (n)
				continue;
			function_settle(f);
			return function_refuse(ENOMEM, "out of memory");
		}
	}
	return 0;
}

/* Another range at the end, or the last one made longer. */
static int append(struct function *f, uint64_t first, uint64_t count)
{
	struct function_range *last, *grown;
	size_t room;

	last = f->ranges ? &f->range[f->ranges - 1] : NULL;
	if (last && last->first + last->count == first &&
	    last->count + count <= UINT32_MAX) {
		last->count += (uint32_t)count;
		f->blocks += count;
		return 0;
	}
	if (f->ranges == FUNCTION_RANGES_MAX || count > UINT32_MAX)
		return function_refuse(E2BIG,
				       "%s has more than %d ranges of blocks; make functions of its parts",
				       f->name, FUNCTION_RANGES_MAX);
	/* The room is always the next power of two, so it need not be kept. */
	if (!(f->ranges & (f->ranges - 1))) {
		room = f->ranges ? f->ranges * 2 : 1;
		grown = realloc(f->range, room * sizeof(*grown));
		if (!grown)
			return function_refuse(ENOMEM, "out of memory");
		f->range = grown;
	}
	f->range[f->ranges].first = first;
	f->range[f->ranges].count = (uint32_t)count;
	f->ranges++;
	f->blocks += count;
	return 0;
}

static int check_range(const struct function *f, uint64_t first, uint64_t count)
{
	uint64_t blocks = function_image_blocks(f);

	if (first < blocks && count <= blocks - first)
		return 0;
	return function_refuse(ERANGE, "%s: blocks beyond the image's end", f->name);
}

int function_append(struct function *f, uint64_t first, uint64_t count)
{
	int ret = check_range(f, first, count);

	return ret ? ret : append(f, first, count);
}

static int compare_ranges(const void *a, const void *b)
{
	const struct function_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

int function_is_apart(const struct function *f)
{
	size_t i, bytes = f->ranges * sizeof(*f->range);
	struct function_range *range = malloc(bytes + 1);
	int apart = 1;

	if (!range)
		return function_refuse(ENOMEM, "out of memory");
	if (bytes)
		memcpy(range, f->range, bytes);
	qsort(range, f->ranges, sizeof(*range), compare_ranges);
	for (i = 1; i < f->ranges; i++)
		apart &= range[i].first - range[i - 1].first >= range[i - 1].count;
	free(range);
	return apart;
}

int function_add(struct function *f, uint64_t first, uint64_t count)
{
	uint64_t n;
	bool was_new;
	int ret = check_range(f, first, count);

	if (ret)
		return ret;
	if (!f->seen)
		ret = remember_all(f);
	for (; count && !ret; first += n, count -= n) {
		n = mark_alike(f->seen, first, count, &was_new);
		if (!n)
			ret = function_refuse(ENOMEM, "out of memory");
		else if (was_new)
			ret = append(f, first, n);
	}
	return ret;
}

int function_add_bytes(struct function *f, uint64_t offset, uint64_t bytes)
{
	uint64_t first = offset / BLOCK;

	if (offset >= f->image_bytes || !bytes)
		return 0;
	if (bytes > f->image_bytes - offset)
		bytes = f->image_bytes - offset;
	return function_add(f, first, (offset + bytes - 1) / BLOCK - first + 1);
}
