// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "prove.h"

#include <endian.h>
#include <errno.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum {
	BLOCK		= 4096,
	CACHED_MAX	= 32,		/* cached blocks compared */
	RUNS_MAX	= 4096,		/* looked at to choose them */
	SILENCE_MS	= 4000,
};

/* One block, read within what the server's alignment asks for. */
struct reading {
	struct source_request request;
	uint32_t skip;			/* bytes before the block */
	uint32_t *left;			/* readings under way */
	int *error;
};

static void reading_done(struct source_request *request, int error)
{
	struct reading *r = (struct reading *)request;

	--*r->left;
	if (error && !*r->error)
		*r->error = error;
}

static void reading_init(struct reading *r, const struct source *s,
			 uint64_t block, uint32_t unit, void *buf)
{
	uint64_t offset = block * BLOCK / unit * unit;
	uint64_t rest = s->size_bytes - offset;

	memset(buf, 0, unit);
	r->request.buf = buf;
	r->request.offset = offset;
	r->request.bytes = rest < unit ? (uint32_t)rest : unit;
	r->request.done = reading_done;
	r->skip = (uint32_t)(block * BLOCK - offset);
}

/* The blocks into OUT, N * BLOCK bytes, 0 beyond the image's end. */
static int read_blocks(struct source *s, const uint64_t *block, uint32_t n,
		       uint8_t *out)
{
	uint32_t unit = s->min_bytes > BLOCK ? s->min_bytes : BLOCK;
	struct reading *reading = calloc(n, sizeof(*reading));
	uint8_t *buf = calloc(n, unit);
	uint32_t i, left = 0;
	int error = 0, ret = 0;

	if (!reading || !buf)
		ret = -ENOMEM;
	for (i = 0; i < n && !ret; i++) {
		reading_init(&reading[i], s, block[i], unit, buf + i * unit);
		reading[i].left = &left;
		reading[i].error = &error;
		ret = s->ops->submit(s, &reading[i].request);
		left++;
	}
	while (left && !ret)
		ret = s->ops->wait(s, SILENCE_MS);
	if (!ret)
		ret = error;
	for (i = 0; i < n && !ret; i++)
		memcpy(out + i * BLOCK, buf + i * unit + reading[i].skip, BLOCK);
	free(reading);
	free(buf);
	return ret;
}

static uint64_t random_below(uint64_t bound)
{
	uint64_t value = 0;

	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		return 0;
	return value % bound;
}

static bool is_among(const uint64_t *list, uint32_t n, uint64_t value)
{
	while (n--)
		if (list[n] == value)
			return true;
	return false;
}

static int take_hash(struct source *s, const struct fingerprint *f,
		     uint8_t hash[32])
{
	uint8_t *data = calloc(EVG_SAMPLES, BLOCK);
	int ret = -ENOMEM;

	if (data)
		ret = read_blocks(s, f->sample, f->samples, data);
	if (!ret && gnutls_hash_fast(GNUTLS_DIG_SHA256, data,
				     (size_t)f->samples * BLOCK, hash))
		ret = -EIO;
	free(data);
	return ret;
}

static int explain(int ret, char *why, size_t why_bytes)
{
	snprintf(why, why_bytes, "reading from the server: %s",
		 strerror(-ret));
	return ret;
}

int prove_measure(struct source *s, struct fingerprint *f, char *why,
		  size_t why_bytes)
{
	uint64_t blocks = (s->size_bytes + BLOCK - 1) / BLOCK, block;
	uint32_t want = blocks < EVG_SAMPLES ? (uint32_t)blocks : EVG_SAMPLES;
	int ret;

	memset(f, 0, sizeof(*f));
	f->sample[f->samples++] = 0;
	if (want > 1)
		f->sample[f->samples++] = blocks - 1;
	while (f->samples < want) {
		block = random_below(blocks);
		while (is_among(f->sample, f->samples, block))
			block = (block + 1) % blocks;
		f->sample[f->samples++] = block;
	}
	ret = take_hash(s, f, f->hash);
	return ret ? explain(ret, why, why_bytes) : 0;
}

/* A random choice among the blocks of the runs seen so far. */
struct choice {
	uint64_t block[CACHED_MAX];
	uint32_t n;
	uint64_t seen;
	uint32_t runs;
};

static int choose(uint64_t first, uint64_t count, void *arg)
{
	struct choice *c = arg;
	uint64_t block;
	uint32_t i;

	for (; count && c->n < CACHED_MAX; first++, count--, c->seen++)
		c->block[c->n++] = first;
	c->seen += count;
	for (i = 0; count && i < CACHED_MAX; i++) {
		if (random_below(c->seen) >= count)
			continue;
		block = first + random_below(count);
		if (!is_among(c->block, c->n, block))
			c->block[i] = block;
	}
	return ++c->runs == RUNS_MAX;
}

static int choose_cached(const struct cache *c, struct choice *choice)
{
	uint64_t start = random_below(c->blocks);
	int ret;

	memset(choice, 0, sizeof(*choice));
	ret = cache_each_present(c, start, c->blocks - start, choose, choice);
	if (!ret)
		ret = cache_each_present(c, 0, start, choose, choice);
	return ret < 0 ? ret : 0;
}

static int is_present(uint64_t first, uint64_t count, void *arg)
{
	(void)first;
	(void)count;
	(void)arg;
	return 1;
}

/* Cached blocks that differ from the server's; *compared: how many of them
 * could be read.
 */
static int compare_cached(const struct cache *c, const struct choice *choice,
			  const uint8_t *theirs, uint32_t *compared)
{
	uint32_t i, wrong = 0;
	void *ours;

	*compared = 0;
	if (posix_memalign(&ours, BLOCK, BLOCK))
		return -ENOMEM;
	for (i = 0; i < choice->n; i++) {
		uint64_t offset = c->data_offset + choice->block[i] * BLOCK;

		if (pread(c->clean_fd, ours, BLOCK, (off_t)offset) != BLOCK)
			continue;
		/* evicted meanwhile: a hole is no other image */
		if (cache_each_present(c, choice->block[i], 1, is_present,
				       NULL) != 1)
			continue;
		++*compared;
		wrong += !!memcmp(ours, theirs + i * BLOCK, BLOCK);
	}
	free(ours);
	return (int)wrong;
}

int prove_cached(struct source *s, const struct cache *c, uint32_t *compared,
		 char *why, size_t why_bytes)
{
	struct choice choice;
	uint8_t *theirs;
	int ret;

	*compared = 0;
	ret = choose_cached(c, &choice);
	if (ret) {
		snprintf(why, why_bytes, "%.200s", cache_error());
		return ret;
	}
	if (!choice.n)
		return 0;
	theirs = calloc(choice.n, BLOCK);
	ret = theirs ? read_blocks(s, choice.block, choice.n, theirs) : -ENOMEM;
	if (ret)
		explain(ret, why, why_bytes);
	else
		ret = compare_cached(c, &choice, theirs, compared);
	free(theirs);
	if (ret <= 0)
		return ret;
	snprintf(why, why_bytes,
		 "the server has another image: %d of %u cached blocks differ",
		 ret, *compared);
	return -ESTALE;
}

int prove_fingerprint(struct source *s, const struct cache *c, char *why,
		      size_t why_bytes)
{
	struct fingerprint f = { .samples = le32toh(c->header.samples) };
	uint32_t i;
	uint8_t hash[32];
	int ret;

	if (s->size_bytes != c->image_bytes) {
		snprintf(why, why_bytes,
			 "the server has another image: %llu bytes, and not %llu",
			 (unsigned long long)s->size_bytes,
			 (unsigned long long)c->image_bytes);
		return -ESTALE;
	}
	for (i = 0; i < f.samples; i++)
		f.sample[i] = le64toh(c->header.sample[i]);
	ret = take_hash(s, &f, hash);
	if (ret)
		return explain(ret, why, why_bytes);
	if (memcmp(hash, c->header.fingerprint, sizeof(hash))) {
		snprintf(why, why_bytes,
			 "the server has another image: the fingerprint of %u blocks differs",
			 f.samples);
		return -ESTALE;
	}
	return 0;
}
