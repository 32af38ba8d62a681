// SPDX-License-Identifier: GPL-2.0
#include "link.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attempt.h"
#include "conn.h"
#include "log.h"
#include "session.h"
#include "transfer.h"

#define MS 1000000ULL

enum {
	TICK_MS		= 100,
	BACKOFF_MIN_MS	= 100,
	BACKOFF_MAX_MS	= 5000,
	HINT_GAP_MS	= 100,		/* between tries begun by hints */
	ATTEMPT_MAX_MS	= 30000,	/* then the resolver is stuck */
	EXTRA_GAP_MS	= 30000,	/* after one that failed */
	PATIENCE_MS	= 60000,	/* without a loss: less of it is needed */
};

static void try_now(struct daemon *d);

static void retry_due(uv_timer_t *timer)
{
	try_now(timer->data);
}

static void try_later(struct daemon *d)
{
	struct link *l = &d->link;
	uint64_t delay = l->backoff_ms * (75 + (uint64_t)random() % 51) / 100;

	l->backoff_ms *= 2;
	if (l->backoff_ms > BACKOFF_MAX_MS)
		l->backoff_ms = BACKOFF_MAX_MS;
	uv_timer_start(&l->retry, retry_due, delay, 0);
}

static void try_now(struct daemon *d)
{
	struct link *l = &d->link;

	if (l->attempt || l->phase == PHASE_UP || l->phase == PHASE_STALE)
		return;
	uv_timer_stop(&l->retry);
	l->tried_ns = daemon_now();
	l->attempt = attempt_start(d->ops, d->options.uri, &d->cache, &l->news);
	if (!l->attempt)
		try_later(d);
}

static void drop_attempts(struct link *l)
{
	if (l->attempt)
		attempt_abandon(l->attempt);
	if (l->extra)
		attempt_abandon(l->extra);
	l->attempt = NULL;
	l->extra = NULL;
}

static void close_all(struct daemon *d)
{
	while (d->link.conns)
		conn_close(d->link.conns);
}

/* One line for each new reason, not one for each try. */
static void go_down(struct daemon *d, const char *why)
{
	struct link *l = &d->link;

	drop_attempts(l);
	close_all(d);
	l->phase = PHASE_DOWN;
	l->suspect = false;
	if (strcmp(l->why, why)) {
		log_info("offline: %s", why);
		snprintf(l->why, sizeof(l->why), "%s", why);
		session_report(d, EVG_REPORT_LOST, NULL);
	} else if (d->session.state != EVG_LINK_OFFLINE) {
		session_report(d, EVG_REPORT_LOST, NULL);
	}
	daemon_ready(d, "offline", why);
}

static void lost(struct daemon *d, const char *why)
{
	go_down(d, why);
	d->link.backoff_ms = BACKOFF_MIN_MS;
	try_now(d);
}

static void found_stale(struct daemon *d, const char *why)
{
	struct link *l = &d->link;

	drop_attempts(l);
	close_all(d);
	l->phase = PHASE_STALE;
	log_info("stale: %s; only what is cached is served until 'evergreen reset %u'",
		 why, d->index);
	snprintf(l->why, sizeof(l->why), "%s", why);
	session_report(d, EVG_REPORT_STALE, NULL);
	compare_found_stale(d);
	daemon_ready(d, "offline", why);
}

void link_found_stale(struct daemon *d, const char *why)
{
	if (d->link.phase != PHASE_STALE)
		found_stale(d, why);
}

static void attempt_ended(struct daemon *d)
{
	struct link *l = &d->link;
	struct attempt_result r;

	attempt_take(l->attempt, &r);
	l->attempt = NULL;
	if (r.error == -ESTALE) {
		found_stale(d, r.why);
		return;
	}
	if (r.source && conn_new(d, r.source)) {
		r.source = NULL;
		snprintf(r.why, sizeof(r.why), "no memory for a connection");
	}
	if (!r.source) {
		go_down(d, r.why);
		try_later(d);
		return;
	}
	plan_set_unit(&d->plan, l->conns->source->min_bytes > 4096 ?
				l->conns->source->min_bytes / 4096 : 1);
	l->phase = PHASE_UP;
	l->backoff_ms = BACKOFF_MIN_MS;
	l->suspect = false;
	l->why[0] = '\0';
	compare_proved(d);
	log_info("connected: %s", r.proof);
	session_report(d, EVG_REPORT_PROVED, r.proof);
	transfers_kick(d);
}

static void extra_ended(struct daemon *d)
{
	struct link *l = &d->link;
	struct attempt_result r;

	attempt_take(l->extra, &r);
	l->extra = NULL;
	if (!r.source || conn_new(d, r.source)) {
		log_debug("a further connection failed: %s", r.why);
		l->extra_after_ns = daemon_now() + EXTRA_GAP_MS * MS;
	}
	transfers_kick(d);
}

static void news_came(uv_async_t *news)
{
	struct daemon *d = news->data;
	struct link *l = &d->link;

	if (l->attempt && l->phase == PHASE_DOWN &&
	    attempt_has_answer(l->attempt)) {
		l->phase = PHASE_PROVING;
		session_report(d, EVG_REPORT_PROBED, NULL);
	}
	if (l->attempt && attempt_has_ended(l->attempt))
		attempt_ended(d);
	if (l->extra && attempt_has_ended(l->extra))
		extra_ended(d);
}

/* What is under way goes on where the server takes one more connection. */
static void prove_again(struct daemon *d)
{
	struct link *l = &d->link;

	drop_attempts(l);
	if (l->conns && !l->conns->source->several)
		close_all(d);
	l->phase = PHASE_DOWN;
	l->suspect = false;
	try_now(d);
}

void link_state_said(struct daemon *d, bool is_new)
{
	struct link *l = &d->link;

	if (l->phase == PHASE_STALE) {
		if (d->session.state != EVG_LINK_STALE) {
			l->phase = PHASE_DOWN;
			l->backoff_ms = BACKOFF_MIN_MS;
			try_now(d);
		}
		return;
	}
	if (d->session.state == EVG_LINK_ONLINE && l->phase == PHASE_UP)
		daemon_ready(d, "online", NULL);
	if (!is_new)
		return;
	if (l->phase == PHASE_UP)
		prove_again(d);
	else if (l->phase == PHASE_PROVING)
		session_report(d, EVG_REPORT_PROBED, NULL);
}

void link_want_more(struct daemon *d)
{
	struct link *l = &d->link;
	uint32_t n = 0;
	struct conn *c;

	for (c = l->conns; c; c = c->next)
		n++;
	if (l->extra || l->phase != PHASE_UP || !l->conns->source->several ||
	    n >= d->options.connections || daemon_now() < l->extra_after_ns)
		return;
	l->extra = attempt_start(d->ops, d->options.uri, &d->cache, &l->news);
	if (!l->extra)
		l->extra_after_ns = daemon_now() + EXTRA_GAP_MS * MS;
}

void link_conn_broke(struct conn *c, const char *why)
{
	struct daemon *d = c->daemon;

	conn_close(c);
	if (d->link.phase != PHASE_UP)
		return;
	if (!d->link.conns)
		lost(d, why);
	else
		transfers_kick(d);
}

/* Does any other connection show that the server lives? */
static bool others_live(const struct daemon *d, const struct conn *silent)
{
	const struct conn *c;

	for (c = d->link.conns; c; c = c->next) {
		if (c != silent && !c->dead &&
		    c->detector.progress_ns > silent->suspect_ns)
			return true;
	}
	return false;
}

static void conn_silent(struct conn *c)
{
	struct daemon *d = c->daemon;
	struct link *l = &d->link;

	if (others_live(d, c)) {
		log_debug("one connection of several fell silent");
		link_conn_broke(c, "");
		return;
	}
	l->lost_ns = daemon_now();
	if (l->patience < DETECTOR_PATIENCE_MAX)
		l->patience++;
	lost(d, "the server fell silent");
}

static void tell_suspicion(struct daemon *d, bool suspect)
{
	struct link *l = &d->link;

	if (l->phase != PHASE_UP || suspect == l->suspect)
		return;
	l->suspect = suspect;
	session_report(d, suspect ? EVG_REPORT_SUSPECT : EVG_REPORT_ALIVE,
		       NULL);
}

static bool any_suspect(const struct daemon *d, uint64_t now)
{
	const struct conn *c;

	for (c = d->link.conns; c; c = c->next)
		if (detector_verdict(&c->detector, now) != DETECTOR_FINE)
			return true;
	return false;
}

void link_set_detect(struct daemon *d, uint32_t detect_ms)
{
	struct conn *c;

	d->detect_ms = detect_ms;
	for (c = d->link.conns; c; c = c->next)
		c->detector.lost_max_ns = conn_patience_ns(d);
}

void link_progress(struct daemon *d)
{
	if (d->link.suspect)
		tell_suspicion(d, any_suspect(d, daemon_now()));
}

/* False: the connection is gone, and perhaps others. */
static bool judge(struct conn *c, uint64_t now)
{
	struct conn *each;

	if (c->dead) {
		link_conn_broke(c, "the connection broke");
		return false;
	}
	switch (detector_verdict(&c->detector, now)) {
	case DETECTOR_LOST:
		conn_silent(c);
		return false;
	case DETECTOR_SUSPECT:
		if (!c->suspect_ns) {
			c->suspect_ns = now;
			for (each = c->daemon->link.conns; each;
			     each = each->next)
				conn_probe(each);
		}
		break;
	case DETECTOR_FINE:
		c->suspect_ns = 0;
		if (detector_wants_probe(&c->detector, now))
			conn_probe(c);
		break;
	}
	return true;
}

/* Time in which this process could not run (stopped, suspended, starved) is
 * no silence of the server.
 */
static void forgive_gap(struct daemon *d, uint64_t now)
{
	uint64_t gap = now - d->link.tick_ns;
	struct conn *c;

	d->link.tick_ns = now;
	if (gap < 3 * TICK_MS * MS)
		return;
	for (c = d->link.conns; c; c = c->next)
		detector_stalled(&c->detector, gap);
}

static void tick(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct link *l = &d->link;
	uint64_t now = daemon_now();
	struct conn *c, *next;

	forgive_gap(d, now);
	if (l->attempt && now > l->tried_ns + ATTEMPT_MAX_MS * MS) {
		go_down(d, "the name server does not answer");
		try_later(d);
	}
	if (l->patience && now > l->lost_ns + PATIENCE_MS * MS) {
		l->patience--;
		l->lost_ns = now;
	}
	for (c = l->phase == PHASE_UP ? l->conns : NULL; c; c = next) {
		next = c->next;
		if (!judge(c, now))
			break;
	}
	c = l->phase == PHASE_UP ? compare_due(d, now) : NULL;
	if (c)
		conn_probe(c);
	tell_suspicion(d, any_suspect(d, now));
	prefetch_tick(d);
	transfers_kick(d);
}

static void network_changed(struct netwatch *w)
{
	struct daemon *d = w->arg;
	struct link *l = &d->link;

	if (l->phase != PHASE_DOWN || l->conns ||
	    daemon_now() < l->tried_ns + HINT_GAP_MS * MS)
		return;
	log_debug("the network has changed; trying at once");
	drop_attempts(l);
	l->backoff_ms = BACKOFF_MIN_MS;
	try_now(d);
}

static void carrier_lost(struct netwatch *w, int interface)
{
	struct daemon *d = w->arg;
	struct conn *c;

	for (c = d->link.conns; c; c = c->next) {
		if (c->interface == interface && !c->detector.doubted) {
			log_debug("interface %d lost its carrier", interface);
			detector_doubt(&c->detector);
			conn_probe(c);
		}
	}
	tell_suspicion(d, any_suspect(d, daemon_now()));
}

void link_start(struct daemon *d)
{
	struct link *l = &d->link;

	l->backoff_ms = BACKOFF_MIN_MS;
	l->tick_ns = daemon_now();
	l->tick.data = d;
	l->retry.data = d;
	l->news.data = d;
	uv_timer_init(&d->loop, &l->tick);
	uv_timer_init(&d->loop, &l->retry);
	uv_async_init(&d->loop, &l->news, news_came);
	d->netwatch.arg = d;
	d->netwatch.changed = network_changed;
	d->netwatch.carrier_lost = carrier_lost;
	netwatch_start(&d->netwatch, &d->loop);
	uv_timer_start(&l->tick, tick, TICK_MS, TICK_MS);
	if (d->session.state == EVG_LINK_STALE) {
		l->phase = PHASE_STALE;
		daemon_ready(d, "offline",
			     "the server had another image; see 'evergreen reset'");
		return;
	}
	try_now(d);
}
