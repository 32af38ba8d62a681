// SPDX-License-Identifier: GPL-2.0
#include "transfer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "fill.h"
#include "keep.h"
#include "link.h"
#include "log.h"
#include "prefetch.h"
#include "session.h"

enum {
	BLOCK		= 4096,
	BUFFERED_MAX	= 256,		/* reads with a buffer, 256 KiB each */
	ZERO_RUN_MIN	= 8,		/* shorter ones are read with the rest */
	WINDOWS_ASKED	= 3,
	BUSY		= 8,		/* reads under way on a connection */
	BUSY_PIECES	= 32,		/* of them in pieces */
	PIECE_MIN	= 8,		/* blocks */
	PIECES_A_SECOND	= 40,
	TELL_S		= 60,		/* between lines about bad blocks */
	REFUSALS_MAX	= 4,		/* in a row: it is more than a bad sector */
	REFUSED_S	= 10,		/* before it is tried again */
};

#define SECOND 1000000000ULL

/* What a read is for. */
enum purpose {
	WANTED,
	PASSING,			/* wanted, and the cache shall not keep it */
	AHEAD,				/* nobody waits for it */
};

void transfer_free(struct transfer *t)
{
	if (t->buf)
		t->daemon->buffered--;
	free(t->buf);
	free(t);
}

static void unlink_from_conn(struct transfer *t)
{
	struct transfer **link = &t->conn->transfers;

	while (*link != t)
		link = &(*link)->next;
	*link = t->next;
	t->conn = NULL;
}

static void fail_want(const struct plan_want *want, void *arg)
{
	struct transfer *t = arg;

	session_fail(t->daemon, want->cookie, -t->error);
}

static void read_ended(struct transfer *t, enum plan_end end,
		       plan_drop_fn *drop)
{
	plan_finish(&t->daemon->plan, t->read, end, drop, t);
	if (t->ahead)
		prefetch_ended(t->daemon, t, end);
	transfer_free(t);
}

static void tell_bad(struct daemon *d, const char *who, uint64_t first,
		     uint32_t count, const char *why)
{
	uint64_t now = daemon_now();

	log_debug("%s %u blocks at block %llu: %s", who, count,
		  (unsigned long long)first, why);
	if (d->bad_told_ns && now < d->bad_told_ns + TELL_S * SECOND)
		return;
	d->bad_told_ns = now;
	log_info("%s %u bytes at byte %llu: %s; 'evergreen status' has all of them",
		 who, count * BLOCK, (unsigned long long)first * BLOCK, why);
}

void transfer_unreadable(struct daemon *d, uint64_t first, uint32_t count)
{
	bool again = spots_touch(&d->rewritten, first, count);

	spots_add(again ? &d->unkept : &d->rewritten, first, count);
	prefetch_evicted(d, first, count);
	tell_bad(d, "the cache cannot read", first, count,
		 again ? "not kept any more" : "fetched again");
}

/* begin() leads back here by what it begins. */
static int begin(struct daemon *d, struct conn *c, uint64_t first,
		 uint32_t count, bool zero, enum purpose purpose);
static struct conn *least_busy(const struct daemon *d);

/* Nobody waits for these: what is bad of them shows when each is asked for. */
static void read_singly(struct daemon *d, uint64_t first, uint32_t count)
{
	uint32_t unit = d->plan.unit, n;
	struct conn *c;

	for (; count; first += n, count -= n) {
		n = count < unit ? count : unit;
		c = least_busy(d);
		if (!c || begin(d, c, first, n, false, AHEAD)) {
			queue_rewind(&d->prefetch.queue);
			return;
		}
	}
}

static void read_failed(struct transfer *t, int error)
{
	struct daemon *d = t->daemon;
	uint64_t first = t->first;
	uint32_t count = t->count;
	bool ahead = t->ahead, is_one = count <= d->plan.unit;

	if (is_one) {
		spots_add(&d->bad, first, count);
		tell_bad(d, "the server cannot read", first, count,
			 strerror(-error));
	}
	t->error = error;
	read_ended(t, PLAN_FAILED, fail_want);
	if (ahead && !is_one)
		read_singly(d, first, count);
}

static void inline_want(const struct plan_want *want, void *arg)
{
	struct transfer *t = arg;
	const uint8_t *bytes = t->buf ? t->buf : fill_zeroes;

	session_inline(t->daemon, want->cookie,
		       bytes + (want->first - t->first) * BLOCK,
		       (size_t)want->count * BLOCK);
}

/* The cache shall not keep it: it goes to those who wait. */
static void pass_on(struct transfer *t)
{
	spots_remove(&t->daemon->bad, t->first, t->count);
	read_ended(t, PLAN_FULL, inline_want);
}

static void transfer_done(struct source_request *request, int error)
{
	struct transfer *t = (struct transfer *)request;
	struct conn *c = t->conn;

	detector_done(&c->detector, daemon_now(), &t->timing);
	unlink_from_conn(t);
	if (t->compared && !error)
		compare_probed(t);
	else if (t->kind != TRANSFER_READ)
		transfer_free(t);
	else if (error)
		read_failed(t, error);
	else if (t->pass)
		pass_on(t);
	else
		fill_start(t);
}

static void zeroes_said(struct source_request *request, uint64_t offset,
			uint64_t bytes)
{
	struct transfer *t = (struct transfer *)request;

	zeroes_add(&t->daemon->zeroes, offset, bytes);
}

static struct transfer *transfer_new(struct daemon *d, enum transfer_kind kind)
{
	struct transfer *t = calloc(1, sizeof(*t));

	if (!t)
		return NULL;
	t->daemon = d;
	t->kind = kind;
	t->request.done = transfer_done;
	return t;
}

static int transfer_buffer(struct transfer *t, size_t bytes)
{
	void *buf;

	if (posix_memalign(&buf, BLOCK, bytes))
		return -ENOMEM;
	memset(buf, 0, bytes);
	t->buf = buf;
	t->request.buf = buf;
	t->daemon->buffered++;
	return 0;
}

/* As the server's alignment asks for, but for the image's end. */
static int probe_block(struct transfer *t, uint64_t block, uint32_t unit)
{
	uint64_t rest;

	unit = unit > BLOCK ? unit : BLOCK;
	t->compared = true;
	t->first = block;
	t->request.offset = block * BLOCK / unit * unit;
	rest = t->daemon->cache.image_bytes - t->request.offset;
	t->request.bytes = rest < unit ? (uint32_t)rest : unit;
	return transfer_buffer(t, unit);
}

static int probe_any(struct transfer *t, uint32_t unit)
{
	t->request.bytes = unit > 512 ? unit : 512;
	if (t->request.bytes > t->daemon->cache.image_bytes)
		t->request.bytes = (uint32_t)t->daemon->cache.image_bytes;
	return transfer_buffer(t, t->request.bytes);
}

struct transfer *transfer_probe(struct daemon *d, uint32_t bytes)
{
	struct transfer *t = transfer_new(d, TRANSFER_PROBE);
	uint64_t block;

	if (!t)
		return NULL;
	if (compare_next(d, &block) ? probe_block(t, block, bytes) :
				      probe_any(t, bytes)) {
		transfer_free(t);
		return NULL;
	}
	return t;
}

void transfer_orphaned(struct transfer *t)
{
	t->conn = NULL;
	if (t->kind == TRANSFER_READ)
		read_ended(t, PLAN_AGAIN, NULL);
	else
		transfer_free(t);
}

static bool is_full(int error)
{
	return error == ENOSPC || error == EDQUOT;
}

/* A bad sector, or the first of many: what cannot be written there is not kept. */
static void keep_others(struct transfer *t)
{
	struct daemon *d = t->daemon;
	uint64_t block;
	uint32_t i;

	for (i = 0; i < t->count; i++) {
		block = t->first + i;
		if (t->written >> i & 1) {
			session_filled(d, block, 1);
			prefetch_filled(d, block, 1);
		} else {
			spots_add(&d->unkept, block, 1);
		}
	}
	tell_bad(d, "the cache cannot write some of", t->first, t->count,
		 strerror(EIO));
}

/* One line for each new trouble. */
static void cache_refused(struct daemon *d, int error)
{
	d->refused_ns = daemon_now();
	if (error == EIO && ++d->refusals < REFUSALS_MAX)
		return;
	if (d->refusal == error || (is_full(d->refusal) && is_full(error)))
		return;
	d->refusal = error;
	if (is_full(error))
		log_info("the cache is full; what is fetched from now on is not kept: make room on its file system");
	else
		log_info("%s takes no writes: %s; what is fetched from now on is not kept",
			 d->cache.path, strerror(error));
}

/* A full one may have room for a block here and there. */
static void cache_took(struct daemon *d)
{
	d->refusals = 0;
	if (!d->refusal || daemon_now() < d->refused_ns + REFUSED_S * SECOND)
		return;
	log_info("the cache takes writes again");
	if (!is_full(d->refusal))
		d->unkept.n = 0;
	d->refusal = 0;
}

bool transfer_is_refused(const struct daemon *d)
{
	if (d->cache.read_only)
		return true;
	return d->refusal && !is_full(d->refusal) &&
	       daemon_now() < d->refused_ns + REFUSED_S * SECOND;
}

void transfer_written(struct transfer *t)
{
	struct daemon *d = t->daemon;

	spots_remove(&d->bad, t->first, t->count);
	if (!t->error) {
		cache_took(d);
		session_filled(d, t->first, t->count);
		prefetch_filled(d, t->first, t->count);
		read_ended(t, PLAN_FILLED, NULL);
	} else {
		cache_refused(d, -t->error);
		if (t->error == -EIO)
			keep_others(t);
		read_ended(t, PLAN_FULL, inline_want);
	}
	transfers_kick(d);
}

static void ask_window(struct daemon *d, struct conn *c, uint64_t start)
{
	uint64_t rest = d->cache.image_bytes - start * BLOCK;
	struct transfer *t;

	if (!zeroes_ask(&d->zeroes, start))
		return;
	t = transfer_new(d, TRANSFER_ZEROES);
	if (!t)
		return;
	t->request.offset = start * BLOCK;
	t->request.bytes = rest < (uint64_t)ZEROES_WINDOW_BLOCKS * BLOCK ?
			   (uint32_t)rest : ZEROES_WINDOW_BLOCKS * BLOCK;
	t->request.zeroes = zeroes_said;
	conn_submit(c, t);
}

/* This window and the next ones, so that a sequential reader knows in time. */
static void ask_zeroes(struct daemon *d, struct conn *c, uint64_t block)
{
	uint64_t start = block - block % ZEROES_WINDOW_BLOCKS;
	uint64_t end = start + (uint64_t)WINDOWS_ASKED * ZEROES_WINDOW_BLOCKS;

	if (!c->source->tells_zeroes)
		return;
	for (; start < end && start < d->cache.blocks && !c->dead;
	     start += ZEROES_WINDOW_BLOCKS)
		ask_window(d, c, start);
}

/* How many of the blocks to take at once; *zero: without asking for them. */
static uint32_t split(struct daemon *d, uint64_t first, uint32_t count,
		      bool *zero)
{
	uint32_t n, run;
	bool more_zero;

	n = zeroes_run(&d->zeroes, first, count, zero);
	while (!*zero && n < count) {
		run = zeroes_run(&d->zeroes, first + n, count - n, &more_zero);
		if (more_zero && (run >= ZERO_RUN_MIN || n + run == count))
			break;
		n += run;
	}
	return n;
}

static int begin(struct daemon *d, struct conn *c, uint64_t first,
		 uint32_t count, bool zero, enum purpose purpose)
{
	uint64_t rest = d->cache.image_bytes - first * BLOCK;
	struct transfer *t = transfer_new(d, TRANSFER_READ);

	if (!t)
		return -ENOMEM;
	t->first = first;
	t->count = count;
	t->request.offset = first * BLOCK;
	t->request.bytes = count * BLOCK < rest ? count * BLOCK : (uint32_t)rest;
	if (!zero && transfer_buffer(t, (size_t)count * BLOCK)) {
		transfer_free(t);
		return -ENOMEM;
	}
	t->read = plan_start(&d->plan, first, count);
	if (t->read < 0) {
		transfer_free(t);
		return -ENOSPC;
	}
	t->ahead = purpose == AHEAD;
	t->pass = purpose == PASSING;
	d->prefetch.reads += t->ahead;
	if (!zero)
		return conn_submit(c, t);
	fill_start(t);
	return 0;
}

int transfer_prefetch(struct daemon *d, struct conn *c, uint64_t first,
		      uint32_t count)
{
	uint32_t unit = d->plan.unit;
	uint64_t end = first + count;
	bool zero = false;
	int ret;

	if (d->buffered >= BUFFERED_MAX)
		return -EAGAIN;
	ask_zeroes(d, c, first);
	if (unit == 1) {
		end = first + split(d, first, count, &zero);
	} else {
		first -= first % unit;
		end += (unit - end % unit) % unit;
		if (end > d->cache.blocks)
			end = d->cache.blocks;
	}
	ret = begin(d, c, first, (uint32_t)(end - first), zero, AHEAD);
	return ret || zero ? ret : (int)((end - first) * BLOCK);
}

static struct conn *least_busy(const struct daemon *d)
{
	struct conn *c, *best = NULL;

	for (c = d->link.conns; c; c = c->next) {
		if (c->dead)
			continue;
		if (!best || c->detector.outstanding_bytes <
			     best->detector.outstanding_bytes)
			best = c;
	}
	return best;
}

/* On a slow link a long read goes out in pieces of so many blocks: what has come
 * of it is known sooner, and what may follow is asked for before the link falls
 * idle.
 */
static uint32_t piece_of(const struct conn *c)
{
	uint64_t piece = c->detector.rate / PIECES_A_SECOND / BLOCK;

	if (piece > PLAN_READ_MAX)
		return PLAN_READ_MAX;
	return piece < PIECE_MIN ? PIECE_MIN : (uint32_t)piece;
}

static enum keep_verdict may_keep(struct daemon *d, uint64_t first,
				  uint32_t count, bool zero)
{
	if (transfer_is_refused(d) || spots_touch(&d->unkept, first, count))
		return KEEP_PASS;
	return zero ? KEEP_ROOM : keep_admit(d, count);
}

void transfers_kick(struct daemon *d)
{
	uint32_t count, piece;
	enum keep_verdict verdict;
	enum evg_class worst;
	uint64_t first;
	struct conn *c;
	bool whole, zero;

	while (d->link.phase == PHASE_UP && d->buffered < BUFFERED_MAX) {
		c = least_busy(d);
		if (!c)
			return;
		piece = piece_of(c);
		if (c->detector.outstanding >=
		    (piece < PLAN_READ_MAX ? BUSY_PIECES : BUSY))
			link_want_more(d);
		worst = c->detector.outstanding_bytes <
			detector_budget(&c->detector) ?
			EVG_CLASS_READAHEAD : EVG_CLASS_DEMAND;
		if (!plan_next(&d->plan, worst, &first, &count, &whole))
			break;
		ask_zeroes(d, c, first);
		zero = false;
		if (!whole && d->plan.unit == 1)
			count = split(d, first, count < piece ? count : piece,
				      &zero);
		verdict = may_keep(d, first, count, zero);
		if (verdict == KEEP_WAIT)
			return;
		if (verdict == KEEP_PASS && !whole) {
			/* in one piece, as it is handed out */
			plan_set_whole(&d->plan);
			continue;
		}
		if (begin(d, c, first, count, zero,
			  verdict == KEEP_PASS ? PASSING : WANTED))
			return;
	}
	prefetch_kick(d);
}
