// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "compare.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "conn.h"
#include "daemon.h"
#include "keep.h"
#include "link.h"
#include "log.h"
#include "session.h"
#include "transfer.h"

#define MS 1000000ULL

enum {
	BLOCK		= EVG_BLOCK_SIZE,
	INTERVAL_MS	= 3000,
	SHARE		= 50,		/* of a slow link's time, at most, one in */
	TRIES		= 8,
	ENOUGH		= 32,		/* that are alike: as good as a proof */
	RETRY_MS	= 200,
};

static uint64_t random_below(uint64_t bound)
{
	uint64_t value = 0;

	if (getrandom(&value, sizeof(value), 0) != sizeof(value))
		return 0;
	return value % bound;
}

/* The kernel's word on it, which is as new as can be. */
static bool is_present(struct daemon *d, uint64_t block)
{
	struct evgnl_page page;
	uint64_t i;

	if (block >= d->cache.blocks ||
	    evgnl_map_wait(d->compare.nl, d->index, block, &page))
		return false;
	i = block - page.first;
	return (page.words[i / 32] >> (2 * (i % 32)) & 3) == EVG_CLEAN;
}

/* Some block that may be there: in a file, one that holds data. */
static uint64_t guess(const struct cache *c)
{
	uint64_t block = random_below(c->blocks);
	off_t data, hole;

	if (c->is_bdev)
		return block;
	data = lseek(c->clean_fd, (off_t)(block * BLOCK), SEEK_DATA);
	if (data < 0)
		data = lseek(c->clean_fd, 0, SEEK_DATA);
	if (data < 0)
		return block;
	hole = lseek(c->clean_fd, data, SEEK_HOLE);
	if (hole < data + BLOCK)
		return (uint64_t)data / BLOCK;
	return (uint64_t)data / BLOCK +
	       random_below((uint64_t)(hole - data) / BLOCK);
}

/* In the pool. */
static void choose(struct daemon *d)
{
	struct compare *p = &d->compare;
	uint64_t n;
	int try;

	p->has_block = false;
	for (try = 0; try < TRIES && !p->has_block; try++) {
		n = p->fills < COMPARE_RECENT ? p->fills : COMPARE_RECENT;
		if (n && try % 2)
			p->block = p->recent[random_below(n)];
		else
			p->block = guess(&d->cache);
		p->has_block = is_present(d, p->block);
	}
}

static bool is_as_cached(const struct cache *c, uint64_t block,
			 const uint8_t *theirs)
{
	bool alike = true;		/* what cannot be read, cannot be said */
	void *ours;

	if (posix_memalign(&ours, BLOCK, BLOCK))
		return true;
	if (pread(c->clean_fd, ours, BLOCK,
		  (off_t)(c->data_offset + block * BLOCK)) == BLOCK)
		alike = !memcmp(ours, theirs, BLOCK);
	free(ours);
	return alike;
}

/* A block that is evicted while it is read here, and filled again before the
 * kernel is asked, differs once, and not twice in a row.
 */
static bool differs(struct daemon *d, uint64_t block, const uint8_t *theirs)
{
	int i;

	for (i = 0; i < 2; i++)
		if (!is_present(d, block) ||
		    is_as_cached(&d->cache, block, theirs) ||
		    !is_present(d, block))
			return false;
	return true;
}

static void compare_work(uv_work_t *work)
{
	struct daemon *d = work->data;
	struct compare *p = &d->compare;
	const struct transfer *t = p->probe;

	if (t)
		p->differs = differs(d, t->first, t->buf +
				     (t->first * BLOCK - t->request.offset));
	choose(d);
}

static void found_alike(struct compare *p)
{
	if (++p->alike < ENOUGH)
		return;
	p->alike = 0;
	doubt_clear(&p->old);
	doubt_move(&p->old, &p->young);
}

static void compare_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;
	struct compare *p = &d->compare;
	struct transfer *t = p->probe;
	char why[WHY_MAX];

	(void)status;
	p->busy = false;
	p->probe = NULL;
	if (!t)
		return;
	snprintf(why, sizeof(why),
		 "block %llu of the server is not what is cached: its image was changed in place, or the cache is damaged",
		 (unsigned long long)t->first);
	transfer_free(t);
	if (p->differs)
		link_found_stale(d, why);
	else
		found_alike(p);
}

static void to_pool(struct daemon *d, struct transfer *probe)
{
	struct compare *p = &d->compare;

	p->busy = true;
	p->probe = probe;
	p->differs = false;
	p->work.data = d;
	uv_queue_work(&d->loop, &p->work, compare_work, compare_after);
}

/* A slow link has something else to do. */
static bool is_time(const struct daemon *d, uint64_t rate, uint64_t now)
{
	const struct compare *p = &d->compare;
	uint64_t interval = INTERVAL_MS * MS;

	if (rate)
		interval += (uint64_t)SHARE * BLOCK * 1000000000 / rate;
	return !p->busy && now >= p->asked_ns + interval;
}

struct conn *compare_due(const struct daemon *d, uint64_t now)
{
	struct conn *c;

	for (c = d->link.conns; c; c = c->next)
		if (!c->dead && c->detector.probes < DETECTOR_PROBES_OFTEN)
			return is_time(d, c->detector.rate, now) ? c : NULL;
	return NULL;
}

bool compare_next(struct daemon *d, uint64_t *block)
{
	struct compare *p = &d->compare;
	uint64_t now = daemon_now();

	if (!is_time(d, d->link.conns->detector.rate, now))
		return false;
	p->asked_ns = now;
	if (!p->has_block) {
		to_pool(d, NULL);
		return false;
	}
	p->has_block = false;
	*block = p->block;
	return true;
}

void compare_probed(struct transfer *t)
{
	if (t->daemon->compare.busy)
		transfer_free(t);
	else
		to_pool(t->daemon, t);
}

void compare_proved(struct daemon *d)
{
	d->compare.alike = 0;
	doubt_clear(&d->compare.young);
	doubt_clear(&d->compare.old);
}

/* Each fill is as likely as any other to be in the sample. */
void compare_filled(struct daemon *d, uint64_t first, uint32_t count)
{
	struct compare *p = &d->compare;
	uint64_t at;

	doubt_add(&p->young, first, count);
	at = p->fills < COMPARE_RECENT ? p->fills : random_below(p->fills);
	p->fills++;
	if (at < COMPARE_RECENT)
		p->recent[at] = first + random_below(count);
}

/* One EVICT at a time: the quota's may be under way, and ends soon. */
static void evict(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct compare *p = &d->compare;
	struct session *s = &d->session;

	if (!p->batched)
		p->batched = doubt_take(&p->going, p->batch, EVG_EVICT_RANGES,
					d->cache.blocks);
	if (!p->batched)
		return;
	uv_timer_start(&p->retry, evict, RETRY_MS, 0);
	if (!keep_evicts(d))
		evgnl_evict(s->nl, d->index, s->generation, true, p->batch,
			    p->batched);
}

void compare_evicted(struct daemon *d, const struct evgnl_event *event)
{
	struct compare *p = &d->compare;
	size_t i;

	if (!p->batched || event->evicteds != p->batched)
		return;		/* refused: the timer tries again */
	for (i = 0; i < p->batched; i++)
		prefetch_evicted(d, p->batch[i].first, p->batch[i].count);
	p->batched = 0;
	evict(&p->retry);
}

void compare_found_stale(struct daemon *d)
{
	struct compare *p = &d->compare;

	doubt_move(&p->going, &p->young);
	doubt_move(&p->going, &p->old);
	p->alike = 0;
	if (!p->going.n)
		return;
	log_info("what was fetched since the image was last seen to be right is not trusted any more, and not served");
	evict(&p->retry);
}

int compare_open(struct daemon *d)
{
	struct compare *p = &d->compare;

	return doubt_init(&p->young) || doubt_init(&p->old) ||
	       doubt_init(&p->going) ? -ENOMEM : 0;
}

void compare_start(struct daemon *d)
{
	d->compare.retry.data = d;
	uv_timer_init(&d->loop, &d->compare.retry);
}
