/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is this connection alive?  PURE: time is an argument, in ns.
 *
 * Any byte received is progress.  What counts is the silence: the time since
 * the last byte, or since the connection became busy when that is later.  The
 * time that an answer may take is RFC 6298's: SRTT + 4 RTTVAR, and the time
 * that the bytes need at the rate that was seen.  One such time of silence is
 * suspicious, several are a loss, within bounds.
 */
#ifndef EVG_DETECTOR_H
#define EVG_DETECTOR_H

#include <stdbool.h>
#include <stdint.h>

enum detector_verdict {
	DETECTOR_FINE,
	DETECTOR_SUSPECT,
	DETECTOR_LOST,
};

enum {
	DETECTOR_PATIENCE_MAX	= 3,
	DETECTOR_PROBES_OFTEN	= 20,	/* a minute of them; then it is long idle */
};

/* One request, from detector_sent() to detector_done(). */
struct detector_request {
	uint64_t sent_ns;
	uint64_t delivered;		/* bytes, when it was sent */
	uint32_t bytes;
};

struct detector {
	/* set by detector_init() */
	uint64_t lost_max_ns;		/* a loss is seen by then */
	uint32_t patience;		/* every wait is doubled so often */
	/* how long answers take */
	uint64_t srtt_ns;		/* 0: no sample yet */
	uint64_t rttvar_ns;
	uint64_t rtt_min_ns;
	uint64_t rate;			/* bytes a second, 0: unknown */
	/* what is under way */
	uint64_t outstanding_bytes;
	uint32_t outstanding;
	uint32_t last_bytes;		/* of the request sent last */
	uint64_t busy_since_ns;
	uint64_t progress_ns;		/* when a byte came last */
	uint32_t probes;		/* in a row, as who sends them counts */
	bool doubted;			/* local evidence, e.g. no carrier */
	/* the rate's measure */
	uint64_t delivered;		/* bytes, ever */
	uint64_t decayed_ns;		/* when the rate was cut last */
};

void detector_init(struct detector *d, uint64_t now, uint64_t lost_max_ns,
		   uint32_t patience);
void detector_sent(struct detector *d, uint64_t now, uint32_t bytes,
		   struct detector_request *r);
void detector_progress(struct detector *d, uint64_t now);
void detector_done(struct detector *d, uint64_t now,
		   const struct detector_request *r);

/* This process did not run for GAP: nobody was silent, nobody listened. */
void detector_stalled(struct detector *d, uint64_t gap);

/* Something here speaks against the link; only a byte received lifts it. */
void detector_doubt(struct detector *d);

enum detector_verdict detector_verdict(const struct detector *d, uint64_t now);

/* Quiet for so long that it should be asked whether it lives? */
bool detector_wants_probe(const struct detector *d, uint64_t now);

/* Bytes that are on the way when the link is just busy. */
uint64_t detector_flight(const struct detector *d);

/* Bytes that may be outstanding before more of them only wait in a queue. */
uint64_t detector_budget(const struct detector *d);

#endif
