// SPDX-License-Identifier: GPL-2.0
#include "detector.h"

#include <string.h>

#define MS 1000000ULL
#define SECOND (1000 * MS)

enum {
	BUDGET_BASE	= 256 << 10,
	BUDGET_MAX	= 32 << 20,
	LOST_WAITS	= 4,		/* so many waits without a byte */
};

static const uint64_t wait_min_ns = 250 * MS;
static const uint64_t wait_unknown_ns = 1 * SECOND;
static const uint64_t lost_min_ns = 1 * SECOND;
static const uint64_t decay_ns = 100 * MS;
static const uint64_t idle_ns = 3 * SECOND;
static const uint64_t long_idle_ns = 30 * SECOND;

static uint64_t at_most(uint64_t value, uint64_t bound)
{
	return value < bound ? value : bound;
}

static uint64_t at_least(uint64_t value, uint64_t bound)
{
	return value > bound ? value : bound;
}

void detector_init(struct detector *d, uint64_t now, uint64_t lost_max_ns,
		   uint32_t patience)
{
	memset(d, 0, sizeof(*d));
	d->lost_max_ns = lost_max_ns;
	d->patience = patience < DETECTOR_PATIENCE_MAX ? patience :
						 DETECTOR_PATIENCE_MAX;
	d->progress_ns = now;
	d->busy_since_ns = now;
	d->decayed_ns = now;
}

void detector_sent(struct detector *d, uint64_t now, uint32_t bytes,
		   struct detector_request *r)
{
	if (!d->outstanding++)
		d->busy_since_ns = now;
	d->outstanding_bytes += bytes;
	d->last_bytes = bytes;
	r->sent_ns = now;
	r->delivered = d->delivered;
	r->bytes = bytes;
}

void detector_progress(struct detector *d, uint64_t now)
{
	d->progress_ns = now;
	d->doubted = false;
}

/* What was delivered while the request was under way, over that time; of these
 * rates the highest of late, slowly forgotten.
 */
static void measure_rate(struct detector *d, uint64_t now,
			 const struct detector_request *r)
{
	uint64_t span_us = at_least((now - r->sent_ns) / 1000, 1);
	uint64_t rate = (d->delivered - r->delivered) * 1000000 / span_us;

	if (now - d->decayed_ns > at_least(decay_ns, d->srtt_ns)) {
		d->rate -= d->rate / 8;
		d->decayed_ns = now;
	}
	d->rate = at_least(d->rate, rate);
}

static void measure_rtt(struct detector *d, uint64_t rtt)
{
	uint64_t error;

	rtt = at_least(rtt, 1);
	if (!d->srtt_ns) {
		d->srtt_ns = rtt;
		d->rttvar_ns = rtt / 2;
		d->rtt_min_ns = rtt;
		return;
	}
	error = rtt > d->srtt_ns ? rtt - d->srtt_ns : d->srtt_ns - rtt;
	d->rttvar_ns = d->rttvar_ns - d->rttvar_ns / 4 + error / 4;
	d->srtt_ns = d->srtt_ns - d->srtt_ns / 8 + rtt / 8;
	if (rtt < d->rtt_min_ns)
		d->rtt_min_ns = rtt;
	else
		d->rtt_min_ns += (rtt - d->rtt_min_ns) / 256;
}

void detector_done(struct detector *d, uint64_t now,
		   const struct detector_request *r)
{
	d->delivered += r->bytes;
	measure_rtt(d, now - r->sent_ns);
	measure_rate(d, now, r);
	d->outstanding--;
	d->outstanding_bytes -= r->bytes;
	detector_progress(d, now);
}

void detector_stalled(struct detector *d, uint64_t gap)
{
	d->progress_ns += gap;
	d->busy_since_ns += gap;
}

void detector_doubt(struct detector *d)
{
	d->doubted = true;
}

/* How long an answer may take before its absence means something. */
static uint64_t wait_ns(const struct detector *d)
{
	uint64_t wait = wait_unknown_ns;

	if (d->srtt_ns) {
		wait = d->srtt_ns + 4 * d->rttvar_ns;
		if (d->rate)
			wait += d->last_bytes * SECOND / d->rate;
	}
	return at_least(wait, wait_min_ns) << d->patience;
}

enum detector_verdict detector_verdict(const struct detector *d, uint64_t now)
{
	uint64_t since, silence, lost;

	if (!d->outstanding)
		return d->doubted ? DETECTOR_SUSPECT : DETECTOR_FINE;
	since = at_least(d->progress_ns, d->busy_since_ns);
	silence = now > since ? now - since : 0;
	lost = at_least(LOST_WAITS * wait_ns(d), lost_min_ns);
	lost = at_most(lost, d->lost_max_ns);
	if (silence > lost)
		return DETECTOR_LOST;
	if (silence > at_most(wait_ns(d), lost / 2) || d->doubted)
		return DETECTOR_SUSPECT;
	return DETECTOR_FINE;
}

bool detector_wants_probe(const struct detector *d, uint64_t now)
{
	if (d->outstanding)
		return false;
	if (d->probes >= DETECTOR_PROBES_OFTEN)
		return d->doubted || now > d->progress_ns + long_idle_ns;
	return d->doubted || now > d->progress_ns + idle_ns;
}

uint64_t detector_flight(const struct detector *d)
{
	return d->rate * (d->rtt_min_ns / 1000) / 1000000;
}

uint64_t detector_budget(const struct detector *d)
{
	return at_most(BUDGET_BASE + 2 * detector_flight(d), BUDGET_MAX);
}
