// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "prove.h"

#include <endian.h>
#include <assert.h>
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
	TRIALS_MAX	= 8 * EVG_SAMPLES,	/* blocks, for samples that can be read */
	SILENCE_MS	= 4000,
};

static_assert(CACHED_MAX <= 64 && EVG_SAMPLES <= 64, "a bit for each that is read");

/* One block, read within what the server's alignment asks for. */
struct reading {
	struct source_request request;
	uint32_t skip;			/* bytes before the block */
	uint32_t *left;			/* readings under way */
	int error;
};

static void reading_done(struct source_request *request, int error)
{
	struct reading *r = (struct reading *)request;

	--*r->left;
	r->error = error;
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

/* The blocks into OUT, N * BLOCK bytes, 0 beyond the image's end.  BAD: a bit for
 * each that the server cannot read, though the link is up.
 */
static int read_blocks(struct source *s, const uint64_t *block, uint32_t n,
		       uint8_t *out, uint64_t *bad)
{
	uint32_t unit = s->min_bytes > BLOCK ? s->min_bytes : BLOCK;
	struct reading *reading = calloc(n, sizeof(*reading));
	uint8_t *buf = calloc(n, unit);
	uint32_t i, left = 0;
	int ret = 0;

	*bad = 0;
	if (!reading || !buf)
		ret = -ENOMEM;
	for (i = 0; i < n && !ret; i++) {
		reading_init(&reading[i], s, block[i], unit, buf + i * unit);
		reading[i].left = &left;
		ret = s->ops->submit(s, &reading[i].request);
		left++;
	}
	while (left && !ret)
		ret = s->ops->wait(s, SILENCE_MS);
	for (i = 0; i < n && !ret; i++) {
		if (reading[i].error)
			*bad |= 1ULL << i;
		else
			memcpy(out + i * BLOCK, buf + i * unit + reading[i].skip,
			       BLOCK);
	}
	free(reading);
	free(buf);
	return ret;
}

static bool are_all(uint64_t bad, uint32_t n)
{
	return bad == ~0ULL >> (64 - n);
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

static int explain(int ret, char *why, size_t why_bytes)
{
	snprintf(why, why_bytes, "reading from the server: %s",
		 strerror(-ret));
	return ret;
}

static int take_hash(const struct fingerprint *f, const uint8_t *data,
		     uint8_t hash[32])
{
	return gnutls_hash_fast(GNUTLS_DIG_SHA256, data,
				(size_t)f->samples * BLOCK, hash) ? -EIO : 0;
}

/* Blocks that were tried as samples: the first, the last, then at random. */
struct trial {
	uint64_t blocks;		/* in the image */
	uint64_t block[TRIALS_MAX];
	uint32_t n;
};

static bool try_another(struct trial *t)
{
	uint64_t block = 0;

	if (t->n == TRIALS_MAX || t->n == t->blocks)
		return false;
	if (t->n == 1)
		block = t->blocks - 1;
	else if (t->n)
		block = random_below(t->blocks);
	while (is_among(t->block, t->n, block))
		block = (block + 1) % t->blocks;
	t->block[t->n++] = block;
	return true;
}

/* Samples into F and DATA, as many as it lacks; those that are bad are not. */
static int add_samples(struct source *s, struct trial *t, uint32_t want,
		       struct fingerprint *f, uint8_t *data)
{
	uint8_t *to = data + f->samples * BLOCK;
	uint32_t from = t->n, i;
	uint64_t bad;
	int ret;

	while (t->n - from < want - f->samples && try_another(t))
		;
	ret = read_blocks(s, t->block + from, t->n - from, to, &bad);
	for (i = 0; i < t->n - from && !ret; i++) {
		if (bad >> i & 1)
			continue;
		memmove(data + f->samples * BLOCK, to + i * BLOCK, BLOCK);
		f->sample[f->samples++] = t->block[from + i];
	}
	return ret;
}

int prove_measure(struct source *s, struct fingerprint *f, char *why,
		  size_t why_bytes)
{
	struct trial t = { .blocks = (s->size_bytes + BLOCK - 1) / BLOCK };
	uint32_t want = t.blocks < EVG_SAMPLES ? (uint32_t)t.blocks : EVG_SAMPLES;
	uint8_t *data = calloc(EVG_SAMPLES, BLOCK);
	int ret = data ? 0 : -ENOMEM;

	memset(f, 0, sizeof(*f));
	while (!ret && f->samples < want && t.n < t.blocks && t.n < TRIALS_MAX)
		ret = add_samples(s, &t, want, f, data);
	if (!ret && !f->samples)
		ret = -EIO;
	if (!ret)
		ret = take_hash(f, data, f->hash);
	free(data);
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

/* A cached block's bytes.  False: it is not there, or not any more. */
static bool read_cached(const struct cache *c, uint64_t block, uint8_t *out)
{
	uint64_t offset = c->data_offset + block * BLOCK;
	bool there;
	void *buf;

	if (posix_memalign(&buf, BLOCK, BLOCK))
		return false;
	/* in this order: evicted meanwhile, a hole is no other image */
	there = pread(c->clean_fd, buf, BLOCK, (off_t)offset) == BLOCK &&
		cache_each_present(c, block, 1, is_present, NULL) == 1;
	if (there)
		memcpy(out, buf, BLOCK);
	free(buf);
	return there;
}

/* Cached blocks that differ from the server's; *compared: how many of them
 * could be read.
 */
static int compare_cached(const struct cache *c, const struct choice *choice,
			  const uint8_t *theirs, uint64_t bad, uint32_t *compared)
{
	uint8_t ours[BLOCK];
	uint32_t i, wrong = 0;

	*compared = 0;
	for (i = 0; i < choice->n; i++) {
		if (bad >> i & 1 || !read_cached(c, choice->block[i], ours))
			continue;
		++*compared;
		wrong += !!memcmp(ours, theirs + i * BLOCK, BLOCK);
	}
	return (int)wrong;
}

int prove_cached(struct source *s, const struct cache *c, uint32_t *compared,
		 char *why, size_t why_bytes)
{
	struct choice choice;
	uint8_t *theirs;
	uint64_t bad;
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
	ret = theirs ? read_blocks(s, choice.block, choice.n, theirs, &bad) :
		       -ENOMEM;
	if (!ret && are_all(bad, choice.n))
		ret = -EIO;
	if (ret)
		explain(ret, why, why_bytes);
	else
		ret = compare_cached(c, &choice, theirs, bad, compared);
	free(theirs);
	if (ret <= 0)
		return ret;
	snprintf(why, why_bytes,
		 "the server has another image: %d of %u cached blocks differ",
		 ret, *compared);
	return -ESTALE;
}

/* A sample that went bad on the server counts as the cache has it.  Where it has
 * not, the fingerprint says nothing any more (*checked is 0): the blocks that are
 * cached must do, and if there are none, nothing can be mixed.
 */
static int check_samples(struct source *s, const struct cache *c,
			 const struct fingerprint *f, uint32_t *checked)
{
	uint8_t *data = calloc(EVG_SAMPLES, BLOCK), hash[32];
	uint64_t bad = 0;
	uint32_t i;
	int ret;

	*checked = f->samples;
	ret = data ? read_blocks(s, f->sample, f->samples, data, &bad) : -ENOMEM;
	if (!ret && are_all(bad, f->samples))
		ret = -EIO;
	for (i = 0; i < f->samples && !ret; i++)
		if (bad >> i & 1 &&
		    !read_cached(c, f->sample[i], data + i * BLOCK))
			*checked = 0;
	if (!ret)
		ret = take_hash(f, data, hash);
	if (!ret && *checked &&
	    memcmp(hash, c->header.fingerprint, sizeof(hash)))
		ret = -ESTALE;
	free(data);
	return ret;
}

int prove_fingerprint(struct source *s, const struct cache *c,
		      uint32_t *checked, char *why, size_t why_bytes)
{
	struct fingerprint f = { .samples = le32toh(c->header.samples) };
	uint32_t i;
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
	ret = check_samples(s, c, &f, checked);
	if (ret == -ESTALE)
		snprintf(why, why_bytes,
			 "the server has another image: the fingerprint of %u blocks differs",
			 f.samples);
	else if (ret)
		explain(ret, why, why_bytes);
	return ret;
}
