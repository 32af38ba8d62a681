// SPDX-License-Identifier: GPL-2.0
#include "keep.h"

#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "daemon.h"
#include "heat.h"
#include "log.h"
#include "prefetch.h"
#include "punch.h"
#include "session.h"
#include "survey.h"
#include "transfer.h"

#define MS 1000000ULL

enum {
	BLOCK		= EVG_BLOCK_SIZE,
	VICTIMS_MAX	= 16384,	/* in a round: 1 GiB */
	RUN_REGIONS	= 16,		/* punched at once: 1 MiB */
	PUNCH_RUNS	= 16,
	RESERVE_SHARE	= 16,		/* of the quota: when a round begins */
	RESERVE_MAX	= 256 << 20,	/* bytes */
	TICK_MS		= 100,
	WAIT_MS		= 1000,		/* for a round; then do without it */
	REFUSED_MS	= 200,		/* until the next try */
	TIGHT_MS	= 2000,
};

static uint64_t taken(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? 0 : (uint64_t)st.st_blocks * 512;
}

uint64_t keep_used(const struct daemon *d)
{
	const struct cache *c = &d->cache;

	return c->is_bdev ? 0 : taken(c->clean_fd) + taken(c->map_fd);
}

uint64_t keep_quota(const struct daemon *d)
{
	return d->keep.quota;
}

bool keep_is_tight(const struct daemon *d)
{
	return d->keep.tight;
}

bool keep_evicts(const struct daemon *d)
{
	return d->keep.phase == KEEP_EVICTING;
}

/* What is being read will take room soon. */
static uint64_t coming(const struct daemon *d)
{
	const struct keep *k = &d->keep;
	uint64_t blocks = plan_reading_blocks(&d->plan);
	size_t i;

	for (i = 0; i < k->ranges; i++)
		blocks -= k->range[i].count;
	return blocks * BLOCK;
}

static uint64_t reserve(const struct keep *k)
{
	uint64_t share = k->quota / RESERVE_SHARE;

	return share < RESERVE_MAX ? share : RESERVE_MAX;
}

/* Warm ones had to go, many of them: more is hot than there is room for, and
 * what was hot before must show that it still is.  What a scan leaves behind was
 * read once, and is not counted: it ages nobody.
 */
static void age(struct daemon *d)
{
	struct keep *k = &d->keep;

	if (!k->quota || k->warm_blocks * BLOCK < k->quota / 2)
		return;
	k->warm_blocks = 0;
	evgnl_cool(d->session.nl, d->index, d->session.generation);
}

static void set_phase(struct keep *k, enum keep_phase phase)
{
	static const char *const did[] = {
		"idle", "scanning", "evicting", "punching",
	};

	log_debug("quota: %s for %llu us", did[k->phase],
		  (unsigned long long)(daemon_now() - k->phase_ns) / 1000);
	k->phase = phase;
	k->phase_ns = daemon_now();
}

/* Who wants the first N of the runs need not wait any more. */
static void let_go_on(struct daemon *d, size_t n)
{
	struct keep *k = &d->keep;
	size_t i;

	for (i = 0; i < n; i++)
		plan_finish(&d->plan, k->read[i], PLAN_AGAIN, NULL, NULL);
	k->ranges -= n;
	memmove(k->range, k->range + n, k->ranges * sizeof(k->range[0]));
	memmove(k->read, k->read + n, k->ranges * sizeof(k->read[0]));
}

static void end_round(struct daemon *d, uint64_t pause_ms)
{
	struct keep *k = &d->keep;

	let_go_on(d, k->ranges);
	k->chosens = 0;
	k->next = 0;
	k->not_before_ns = daemon_now() + pause_ms * MS;
	set_phase(k, KEEP_IDLE);
	transfers_kick(d);
}

/* The next run of those chosen that follow upon each other.  False: it is in
 * use, and left out.
 */
static bool next_run(struct daemon *d, struct evgnl_range *range)
{
	struct keep *k = &d->keep;
	uint64_t region = k->chosen[k->next].region, n = 0, end;

	while (k->next < k->chosens && n < RUN_REGIONS &&
	       k->chosen[k->next].region == region + n &&
	       !plan_uses(&d->plan, (region + n) * EVG_REGION_BLOCKS,
			  EVG_REGION_BLOCKS)) {
		if (heat_class(k->chosen[k->next].heat))
			k->warm_blocks += k->chosen[k->next].blocks;
		n++;
		k->next++;
	}
	if (!n) {
		k->next++;
		return false;
	}
	end = (region + n) * EVG_REGION_BLOCKS;
	range->first = region * EVG_REGION_BLOCKS;
	range->count = (uint32_t)((end < d->cache.blocks ? end :
							   d->cache.blocks) -
				  range->first);
	return true;
}

/* Nothing was evicted in this round: nothing can be. */
static void found_tight(struct daemon *d)
{
	struct keep *k = &d->keep;

	k->tight = true;
	if (!k->tight_logged)
		log_info("the quota of %llu MiB is used up: pinned functions and metadata take %llu MiB; what is read from now on is not kept: raise the quota or unpin",
			 (unsigned long long)(k->quota >> 20),
			 (unsigned long long)(k->victims.pinned_blocks *
					      BLOCK >> 20));
	k->tight_logged = true;
	end_round(d, TIGHT_MS);
}

static void evict_some(struct daemon *d)
{
	struct keep *k = &d->keep;
	struct session *s = &d->session;
	struct evgnl_range *range;
	int ret;

	while (k->next < k->chosens && k->ranges < EVG_EVICT_RANGES) {
		range = &k->range[k->ranges];
		if (!next_run(d, range))
			continue;
		k->read[k->ranges] = plan_start(&d->plan, range->first,
						range->count);
		if (k->read[k->ranges] < 0)
			break;
		k->ranges++;
	}
	if (!k->ranges) {
		end_round(d, 0);
		return;
	}
	k->tight = false;
	/* the kernel must know of them before it is to forget them */
	session_flush(d);
	set_phase(k, KEEP_EVICTING);
	ret = evgnl_evict(s->nl, d->index, s->generation, false, k->range,
			  k->ranges);
	if (ret)
		end_round(d, REFUSED_MS);
}

/* How many runs are punched before those who want them may go on. */
static size_t punched(const struct keep *k)
{
	return k->ranges < PUNCH_RUNS ? k->ranges : PUNCH_RUNS;
}

static void punch_work(uv_work_t *work)
{
	struct daemon *d = work->data;

	d->keep.error = punch(&d->cache, d->keep.range, punched(&d->keep));
}

static void punch_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;
	struct keep *k = &d->keep;

	(void)status;
	if (k->error)
		log_info("%s: cannot give back room: %s", d->cache.path,
			 strerror(-k->error));
	let_go_on(d, punched(k));
	transfers_kick(d);
	if (k->ranges)
		uv_queue_work(&d->loop, &k->work, punch_work, punch_after);
	else
		evict_some(d);
}

static bool is_answer(const struct keep *k, const struct evgnl_event *event)
{
	size_t i;

	if (k->phase != KEEP_EVICTING || event->evicteds != k->ranges)
		return false;
	for (i = 0; i < k->ranges; i++)
		if (event->evicted[i].first != k->range[i].first ||
		    event->evicted[i].count != k->range[i].count)
			return false;
	return true;
}

void keep_evicted(struct daemon *d, const struct evgnl_event *event)
{
	struct keep *k = &d->keep;
	size_t i;

	if (!event->evicteds && k->phase == KEEP_EVICTING) {
		log_debug("evicting is refused: %s", strerror(event->error));
		/* by the cache, not for the moment: what is read is passed on */
		k->tight = event->error == EIO;
		end_round(d, k->tight ? TIGHT_MS : REFUSED_MS);
		return;
	}
	if (!is_answer(k, event)) {
		compare_evicted(d, event);
		return;
	}
	for (i = 0; i < k->ranges; i++)
		prefetch_evicted(d, k->range[i].first, k->range[i].count);
	if (event->error) {
		/* absent, but the map on disk may claim them: no hole there */
		log_info("evicting: %s", strerror(event->error));
		k->reclaim = true;
		end_round(d, TIGHT_MS);
		return;
	}
	age(d);
	set_phase(k, KEEP_PUNCHING);
	uv_queue_work(&d->loop, &k->work, punch_work, punch_after);
}

static void scan_work(uv_work_t *work)
{
	struct daemon *d = work->data;
	struct keep *k = &d->keep;

	k->error = k->nl ? 0 : -ENOTCONN;
	if (k->error)
		return;
	victims_index(&k->victims);
	k->error = survey(&d->cache, k->nl, d->index, k->reclaim, &k->victims,
			  &k->lost_blocks);
}

/* How many blocks must go. */
static uint64_t excess(const struct daemon *d)
{
	const struct keep *k = &d->keep;
	uint64_t low = k->quota - 2 * reserve(k);
	uint64_t used = keep_used(d) + coming(d);

	return used > low ? (used - low + BLOCK - 1) / BLOCK : 0;
}

static void scan_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;
	struct keep *k = &d->keep;
	uint64_t blocks = k->lost_blocks;

	(void)status;
	if (k->error) {
		log_info("%s: cannot look for what to evict: %s", d->cache.path,
			 strerror(-k->error));
		end_round(d, TIGHT_MS);
		return;
	}
	k->reclaim = false;
	if (k->quota && excess(d) > blocks)
		blocks = excess(d);
	k->chosens = victims_choose(&k->victims, blocks, k->chosen);
	k->next = 0;
	log_debug("used %llu KiB of %llu: %zu regions go",
		  (unsigned long long)(keep_used(d) >> 10),
		  (unsigned long long)(k->quota >> 10), k->chosens);
	if (blocks && !k->chosens)
		found_tight(d);
	else
		evict_some(d);
}

static bool add_functions(struct daemon *d)
{
	const struct loaded *l = d->functions.loaded;
	const struct loaded *end = l + d->functions.n;
	struct keep *k = &d->keep;
	bool pinned, ready;

	for (; l < end; l++) {
		pinned = l->f.pinned || !strcmp(l->f.name, FUNCTION_METADATA);
		ready = l->asked || (l->counted && !l->list.absent) ||
			d->prefetch.doing == &l->list;
		if (victims_add_function(&k->victims, l->f.range, l->f.ranges,
					 l->f.weight, pinned, ready))
			return false;
	}
	return true;
}

/* Begin a round where one is due. */
static void go(struct daemon *d)
{
	struct keep *k = &d->keep;

	if (k->phase != KEEP_IDLE || !k->quota || d->cache.read_only ||
	    d->session.state != EVG_LINK_ONLINE ||
	    daemon_now() < k->not_before_ns)
		return;
	if (!k->reclaim && keep_used(d) + coming(d) <= k->quota - reserve(k)) {
		k->tight = false;
		k->tight_logged = false;
		return;
	}
	victims_begin(&k->victims);
	if (!add_functions(d)) {
		log_info("no memory to choose what to evict");
		k->not_before_ns = daemon_now() + TIGHT_MS * MS;
		return;
	}
	set_phase(k, KEEP_SCANNING);
	uv_queue_work(&d->loop, &k->work, scan_work, scan_after);
}

static void tick(uv_timer_t *timer)
{
	go(timer->data);
}

bool keep_allows(const struct daemon *d, uint64_t bytes, bool matters)
{
	const struct keep *k = &d->keep;
	uint64_t used;

	if (!k->quota)
		return true;
	if (matters && k->tight)
		return false;
	used = keep_used(d) + coming(d) + bytes;
	/* below where a round ends, or the next round takes what came now */
	return used <= k->quota - (matters ? 0 : 2 * reserve(k));
}

/* The kernel, too, waits for us only so long. */
static uint64_t patience_ns(const struct daemon *d)
{
	uint64_t ms = d->detect_ms / 4;

	return (ms < WAIT_MS ? ms : WAIT_MS) * MS;
}

enum keep_verdict keep_admit(struct daemon *d, uint32_t blocks)
{
	struct keep *k = &d->keep;
	uint64_t bytes = (uint64_t)blocks * BLOCK, now;

	if (!k->quota || keep_used(d) + coming(d) + bytes <= k->quota) {
		k->waiting_ns = 0;
		return KEEP_ROOM;
	}
	if (k->tight || d->session.state != EVG_LINK_ONLINE)
		return KEEP_PASS;
	now = daemon_now();
	if (!k->waiting_ns)
		k->waiting_ns = now;
	go(d);
	return now - k->waiting_ns < patience_ns(d) ? KEEP_WAIT : KEEP_PASS;
}

const char *keep_refuses(const char *cache, uint64_t bytes)
{
	struct stat st;

	if (bytes && !stat(cache, &st) && S_ISBLK(st.st_mode))
		return "a cache on a block device takes what the device has; leave out --quota";
	if (bytes && bytes < KEEP_QUOTA_MIN)
		return "a quota is at least 16 MiB";
	return NULL;
}

const char *keep_set_quota(struct daemon *d, uint64_t bytes)
{
	struct keep *k = &d->keep;

	if (keep_refuses(d->cache.path, bytes))
		return keep_refuses(d->cache.path, bytes);
	if (bytes && !k->chosen) {
		k->chosen = calloc(VICTIMS_MAX, sizeof(*k->chosen));
		if (!k->chosen || victims_init(&k->victims, VICTIMS_MAX)) {
			free(k->chosen);
			k->chosen = NULL;
			return "no memory to keep a quota";
		}
	}
	k->quota = bytes;
	k->reclaim = bytes;
	k->tight = false;
	k->tight_logged = false;
	k->not_before_ns = 0;
	return NULL;
}

void keep_start(struct daemon *d)
{
	struct keep *k = &d->keep;
	const char *why = keep_set_quota(d, d->options.quota_bytes);

	if (why)
		log_info("%s", why);
	k->work.data = d;
	k->tick.data = d;
	uv_timer_init(&d->loop, &k->tick);
	uv_timer_start(&k->tick, tick, TICK_MS, TICK_MS);
}
