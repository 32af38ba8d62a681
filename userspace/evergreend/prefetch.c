// SPDX-License-Identifier: GPL-2.0
#include "prefetch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>

#include "conn.h"
#include "daemon.h"
#include "keep.h"
#include "ledger.h"
#include "log.h"
#include "look.h"
#include "session.h"
#include "transfer.h"

#define SECOND 1000000000ULL

enum {
	BLOCK		= 4096,
	READS_MAX	= 64,		/* under way; demand needs room */
	LEARNS_MAX	= 32,		/* pages of the map at a time */
	BURST_UNKNOWN	= 64 << 10,	/* bytes, when the rate is not known */
	BURST_MIN	= 32 << 10,
	BURST_MAX	= 256 << 10,
	BURSTS_A_SECOND	= 40,
	FREE_MIN	= 16 << 20,	/* bytes, on the cache's file system */
	FREE_SHARE	= 100,		/* or a part in so many */
	LOOK_S		= 3,		/* between looks at misses and heat */
	REST_S		= 10,		/* before a full cache is tried again */
	FAILS_MAX	= 256,		/* in a row, before a rest */
};

/* A list of ranges counts blocks in 32 bits, and a disk may have more. */
static int cover_disk(struct prefetch *p, uint64_t blocks)
{
	const uint32_t step = 1U << 31;
	size_t i, n = (size_t)(blocks / step + 1);

	p->disk = calloc(n, sizeof(*p->disk));
	if (!p->disk)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		p->disk[i].first = (uint64_t)i * step;
		p->disk[i].count = blocks - p->disk[i].first < step ?
				   (uint32_t)(blocks - p->disk[i].first) : step;
	}
	p->disk_list.range = p->disk;
	p->disk_list.ranges = p->disk[n - 1].count ? n : n - 1;
	p->disk_list.class = QUEUE_HYDRATE;
	return 0;
}

int prefetch_open(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;
	int ret = present_init(&p->present, d->cache.blocks);

	if (!ret)
		ret = cover_disk(p, d->cache.blocks);
	queue_init(&p->queue);
	bucket_init(&p->bucket, daemon_now(), d->options.rate);
	return ret;
}

/* What is larger would push out itself. */
static bool fits_quota(const struct daemon *d, uint64_t blocks)
{
	return blocks * BLOCK <= keep_quota(d) / 2;
}

/* Whether it may take the place of what is colder. */
static bool matters(const struct daemon *d, const struct loaded *l)
{
	return l->f.pinned || !strcmp(l->f.name, FUNCTION_METADATA) ||
	       (l->asked && fits_quota(d, l->f.blocks));
}

static void put_function(struct daemon *d, struct loaded *l, size_t number)
{
	struct prefetch *p = &d->prefetch;
	struct queue_list *list = &l->list;

	list->class = QUEUE_FUNCTION;
	list->weight = l->f.weight;
	list->order = SIZE_MAX - number;
	if (!l->counted)
		list->absent = UINT64_MAX;
	if (!strcmp(l->f.name, FUNCTION_METADATA))
		list->class = QUEUE_METADATA;
	else if (l->asked)
		list->class = QUEUE_ASKED;
	if (l->asked)
		list->order = ++p->asked;
	list->matters = matters(d, l);
	queue_put(&p->queue, list);
}

void prefetch_requeue(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;
	struct functions *fs = &d->functions;
	size_t i;

	queue_init(&p->queue);
	p->doing = NULL;
	for (i = 0; i < fs->n; i++)
		put_function(d, &fs->loaded[i], i);
	d->ledger.list.matters = fits_quota(d, d->ledger.blocks);
	queue_put(&p->queue, &d->ledger.list);
	p->session_list.range = p->session.range;
	p->session_list.ranges = p->session.ranges;
	p->session_list.class = QUEUE_SESSION;
	queue_put(&p->queue, &p->session_list);
	if (d->options.hydrate)
		queue_put(&p->queue, &p->disk_list);
}

/* The server cannot read it, or the cache cannot keep it. */
static bool is_bad(const struct daemon *d, uint64_t block)
{
	return spots_touch(&d->bad, block, 1) ||
	       spots_touch(&d->unkept, block, 1);
}

/* Where reads are aligned, a run ends with the unit that it begins in, so that
 * no read under way is in the unit's rest.
 */
static bool is_read(const struct plan *p, uint64_t first, uint32_t *run)
{
	uint32_t skip = (uint32_t)(first % p->unit), n;

	if (p->unit == 1)
		return plan_is_reading(p, first, *run, run);
	if (*run > p->unit - skip)
		*run = p->unit - skip;
	return plan_is_reading(p, first - skip, p->unit, &n) || n < p->unit;
}

static enum queue_state look_at(uint64_t first, uint32_t count, uint32_t *run,
				void *arg)
{
	struct daemon *d = arg;

	switch (present_run(&d->prefetch.present, first, count, run)) {
	case PRESENT_YES:
		return QUEUE_HAS;
	case PRESENT_UNKNOWN:
		return QUEUE_UNKNOWN;
	case PRESENT_NO:
		break;
	}
	if (!is_bad(d, first))
		return is_read(&d->plan, first, run) ? QUEUE_HAS : QUEUE_LACKS;
	*run = 1;
	return QUEUE_HAS;
}

/* To fill the file system to the brim is for those who wait only. */
static bool has_room(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;
	struct statvfs fs;
	uint64_t least, available;

	if (daemon_now() < p->rest_ns || transfer_is_refused(d))
		return false;
	if (d->cache.is_bdev || fstatvfs(d->cache.map_fd, &fs))
		return true;
	least = (uint64_t)fs.f_blocks * fs.f_frsize / FREE_SHARE;
	if (least < FREE_MIN)
		least = FREE_MIN;
	available = (uint64_t)fs.f_bavail * fs.f_frsize;
	if (available < least && !p->full) {
		log_info("prefetch stops: less than %llu MiB are free beside the cache",
			 (unsigned long long)(least >> 20));
		p->full = true;
	}
	if (p->full && available > least + least / 4)
		p->full = false;
	return !p->full;
}

/* On the oldest connection, so that others are left to those who wait. */
static struct conn *choose_conn(const struct daemon *d, uint64_t *outstanding)
{
	struct conn *c, *oldest = NULL;

	*outstanding = 0;
	for (c = d->link.conns; c; c = c->next) {
		if (c->dead)
			continue;
		oldest = c;
		*outstanding += c->detector.outstanding_bytes;
	}
	return oldest;
}

/* How many blocks may be asked for now.  Under way are a bandwidth-delay product,
 * a little more, for else a rate that was measured too low would stay so, and as
 * much as the link carries in a moment.
 */
static uint32_t room_on_link(const struct daemon *d, struct conn **conn)
{
	uint64_t burst = BURST_UNKNOWN, outstanding, flight;
	const struct detector *link;

	*conn = choose_conn(d, &outstanding);
	if (!*conn)
		return 0;
	link = &(*conn)->detector;
	if (link->rate)
		burst = link->rate / BURSTS_A_SECOND;
	if (burst < BURST_MIN)
		burst = BURST_MIN;
	if (burst > BURST_MAX)
		burst = BURST_MAX;
	flight = detector_flight(link);
	if (outstanding > flight + flight / 8 + burst / 2)
		return 0;
	return (uint32_t)(burst / 2 / BLOCK);
}

static uint32_t room_in_rate(struct daemon *d, uint32_t blocks)
{
	struct bucket *b = &d->prefetch.bucket;
	uint64_t most = b->rate / 4 / BLOCK + 1;

	if (!b->rate || d->prefetch.leaving_ns)
		return blocks;
	if (!bucket_allows(b, daemon_now()))
		return 0;
	return most < blocks ? (uint32_t)most : blocks;
}

static bool may_run(const struct daemon *d)
{
	const struct prefetch *p = &d->prefetch;

	return p->ready && p->reads < READS_MAX && d->look.nl &&
	       d->link.phase == PHASE_UP &&
	       (d->session.state == EVG_LINK_ONLINE ||
		d->session.state == EVG_LINK_SUSPECT);
}

/* With all functions there and the link still fine, the rest may come. */
static enum queue_answer next(struct daemon *d, uint32_t most,
			      struct queue_run *run)
{
	struct prefetch *p = &d->prefetch;
	enum queue_answer answer = QUEUE_NOTHING;
	bool suspect = d->session.state == EVG_LINK_SUSPECT;

	if (suspect || p->leaving_ns)
		answer = queue_next(&p->queue, QUEUE_SOONEST, most, look_at, d,
				    run);
	if (answer == QUEUE_NOTHING && !suspect)
		answer = queue_next(&p->queue, QUEUE_ALL, most, look_at, d,
				    run);
	return answer;
}

void prefetch_kick(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;
	uint32_t blocks, learns = 0;
	struct queue_run run;
	struct conn *c;
	int bytes;

	while (may_run(d)) {
		blocks = room_in_rate(d, room_on_link(d, &c));
		if (!blocks || !has_room(d))
			return;
		p->queue.tight = !keep_allows(d, (uint64_t)blocks * BLOCK,
					      false);
		if (p->queue.tight &&
		    !keep_allows(d, (uint64_t)blocks * BLOCK, true))
			return;
		switch (next(d, blocks, &run)) {
		case QUEUE_NOTHING:
			if (!p->reads)
				p->doing = NULL;
			return;
		case QUEUE_ASK:
			if (learns++ == LEARNS_MAX || !look_learn(d, run.first))
				return;
			break;
		case QUEUE_RUN:
			bytes = transfer_prefetch(d, c, run.first, run.count);
			if (bytes < 0)
				return;
			p->doing = run.list;
			bucket_take(&p->bucket, (uint64_t)bytes);
			break;
		}
	}
	if (!p->reads)
		p->doing = NULL;
}

static void say_whole(struct loaded *l, void *arg)
{
	struct prefetch *p = arg;

	l->whole = true;
	log_info("function %s is in the cache: %llu KiB", l->f.name,
		 (unsigned long long)l->f.blocks * BLOCK / 1024);
	if (!l->asked)
		return;
	l->asked = false;
	if (l->list.class == QUEUE_ASKED)
		l->list.class = QUEUE_FUNCTION;
	l->list.weight = l->f.weight;
	l->list.order = ++p->asked;
}

static void count_functions(struct daemon *d)
{
	struct functions *fs = &d->functions;
	uint32_t learns = 0;
	uint64_t block;
	size_t i;

	while (!functions_count(fs, &d->prefetch.present, &block)) {
		if (learns++ == LEARNS_MAX || !look_learn(d, block))
			break;
	}
	for (i = 0; i < fs->n; i++)
		if (fs->loaded[i].counted)
			fs->loaded[i].whole = !fs->loaded[i].list.absent;
}

void prefetch_go_on(struct daemon *d)
{
	count_functions(d);
	transfers_kick(d);
}

void prefetch_tick(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;

	if (p->leaving_ns && daemon_now() > p->leaving_ns) {
		p->leaving_ns = 0;
		log_info("the time to leave is over; prefetch goes on as before");
	}
	count_functions(d);
	if (daemon_now() - d->looked_ns < LOOK_S * SECOND)
		return;
	d->looked_ns = daemon_now();
	look_at_settings(d);
	working_set_tick(d);
	if (d->session.state == EVG_LINK_ONLINE)
		ledger_ask(d);
}

/* The function that a block is of, if it is of one only. */
static struct loaded *only_function(struct daemon *d, uint64_t block)
{
	struct loaded *l, *only = NULL;
	const uint32_t *member;
	uint32_t n;

	member = functions_of(&d->functions, block, &n);
	for (; n; n--, member++) {
		l = &d->functions.loaded[*member];
		if (!strcmp(l->f.name, FUNCTION_METADATA))
			continue;
		if (only)
			return NULL;
		only = l;
	}
	return only;
}

static void put_in_front(struct daemon *d, struct loaded *l)
{
	struct prefetch *p = &d->prefetch;

	l->asked = true;
	l->list.weight = 0;
	l->list.order = ++p->asked;
	if (l->list.class == QUEUE_FUNCTION)
		l->list.class = QUEUE_ASKED;
	l->list.matters = matters(d, l);
	queue_put(&p->queue, &l->list);
}

/* A function fault: who misses one block of it will want the others. */
void prefetch_wanted(struct daemon *d, uint64_t first, uint32_t count,
		     enum evg_class class)
{
	struct loaded *l;

	working_set_wanted(d, first, count, class);
	if (class != EVG_CLASS_DEMAND)
		return;
	for (; count; first++, count--) {
		l = only_function(d, first);
		if (!l || l->asked || l->whole)
			continue;
		log_debug("function %s is needed now", l->f.name);
		put_in_front(d, l);
	}
}

void prefetch_filled(struct daemon *d, uint64_t first, uint32_t count)
{
	for (; count; first++, count--)
		if (present_set(&d->prefetch.present, first))
			functions_came(&d->functions, first, say_whole, &d->prefetch);
}

void prefetch_evicted(struct daemon *d, uint64_t first, uint64_t count)
{
	for (; count; first++, count--)
		if (present_clear(&d->prefetch.present, first))
			functions_went(&d->functions, first);
}

void prefetch_doubt(struct daemon *d)
{
	struct prefetch *p = &d->prefetch;

	present_forget(&p->present);
	functions_doubt(&d->functions);
	queue_rewind(&p->queue);
	d->bad.n = 0;
}

void prefetch_ended(struct daemon *d, const struct transfer *t,
		    enum plan_end end)
{
	struct prefetch *p = &d->prefetch;

	p->reads--;
	switch (end) {
	case PLAN_FILLED:
		p->fails = 0;
		if (t->buf)
			p->fetched_bytes += (uint64_t)t->count * BLOCK;
		break;
	case PLAN_AGAIN:
		queue_rewind(&p->queue);
		break;
	case PLAN_FAILED:
		/* a server that can read nothing is not asked for all of it */
		if (++p->fails % FAILS_MAX == 0)
			p->rest_ns = daemon_now() + REST_S * SECOND;
		break;
	case PLAN_FULL:
		p->rest_ns = daemon_now() + REST_S * SECOND;
		queue_rewind(&p->queue);
		break;
	}
}

int prefetch_ask(struct daemon *d, const char *name)
{
	struct loaded *l = functions_find(&d->functions, name);

	if (!l)
		return -ENOENT;
	put_in_front(d, l);
	transfers_kick(d);
	return 0;
}

void prefetch_leave(struct daemon *d, uint32_t seconds)
{
	d->prefetch.leaving_ns = seconds ? daemon_now() + seconds * SECOND : 0;
	transfers_kick(d);
}

uint32_t prefetch_leaving_s(const struct daemon *d)
{
	uint64_t now = daemon_now();

	if (d->prefetch.leaving_ns <= now)
		return 0;
	return (uint32_t)((d->prefetch.leaving_ns - now + SECOND - 1) / SECOND);
}

void prefetch_set_rate(struct daemon *d, uint64_t rate)
{
	d->options.rate = rate;
	bucket_init(&d->prefetch.bucket, daemon_now(), rate);
	transfers_kick(d);
}

void prefetch_set_hydrate(struct daemon *d, bool hydrate)
{
	struct prefetch *p = &d->prefetch;

	d->options.hydrate = hydrate;
	if (hydrate)
		queue_put(&p->queue, &p->disk_list);
	else
		queue_remove(&p->queue, &p->disk_list);
	transfers_kick(d);
}

const char *prefetch_doing(const struct daemon *d)
{
	const struct prefetch *p = &d->prefetch;
	size_t i;

	if (!p->doing)
		return NULL;
	for (i = 0; i < d->functions.n; i++)
		if (p->doing == &d->functions.loaded[i].list)
			return d->functions.loaded[i].f.name;
	if (p->doing == &d->ledger.list)
		return "ledger";
	return p->doing == &p->session_list ? FUNCTION_SESSION : "hydrate";
}

uint64_t prefetch_queued_bytes(const struct daemon *d)
{
	const struct functions *fs = &d->functions;
	const struct present_page *page;
	uint64_t blocks = 0, present = 0;
	size_t i;

	for (page = d->prefetch.present.known; page; page = page->next)
		present += page->count;
	if (d->options.hydrate)
		return (d->cache.blocks - present) * BLOCK;
	for (i = 0; i < fs->n; i++)
		if (fs->loaded[i].counted)
			blocks += fs->loaded[i].list.absent;
	return blocks * BLOCK;
}
