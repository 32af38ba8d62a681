/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One helper, for one disk.  All of it runs in the loop's thread, but for
 * attempts (a thread each, see attempt.h) and writes into the cache (the
 * loop's pool, see fill.c); these touch only what is said to be theirs.
 */
#ifndef EVG_DAEMON_H
#define EVG_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <evgnl.h>
#include <cache.h>

#include "compare.h"
#include "control.h"
#include "functions.h"
#include "heats.h"
#include "keep.h"
#include "ledger.h"
#include "look.h"
#include "netwatch.h"
#include "options.h"
#include "plan.h"
#include "prefetch.h"
#include "reload.h"
#include "source.h"
#include "spots.h"
#include "working_set.h"
#include "zeroes.h"

struct attempt;
struct conn;

enum {
	RANGES_MAX	= 256,		/* FILL ranges in one message */
	WHY_MAX		= 256,
};

struct session {
	struct evgnl *nl;
	uv_poll_t poll;
	uv_check_t check;		/* sends what has gathered */
	uint32_t generation;
	enum evg_link_state state;	/* as the kernel said last */
	struct evgnl_range range[RANGES_MAX];
	size_t ranges;
};

enum link_phase {
	PHASE_DOWN,			/* no connection, or none proved */
	PHASE_PROVING,			/* the server answers */
	PHASE_UP,			/* every connection is proved */
	PHASE_STALE,			/* another image; a person must act */
};

struct link {
	enum link_phase phase;
	struct conn *conns;
	struct attempt *attempt;	/* to get the link up, or NULL */
	struct attempt *extra;		/* to get one more connection */
	uv_timer_t tick;
	uv_timer_t retry;
	uv_async_t news;		/* of an attempt */
	uint64_t tick_ns;		/* when it ran last */
	uint64_t lost_ns;		/* when the link fell silent last */
	uint64_t tried_ns;		/* when the last attempt began */
	uint64_t extra_after_ns;	/* no further connection before */
	uint64_t backoff_ms;
	uint32_t patience;		/* see detector.h */
	bool suspect;			/* reported, and not yet lifted */
	char why[WHY_MAX];		/* it is down; logged when it changes */
};

/* Of the cache, by this process, and no disk has it yet. */
enum daemon_made {
	MADE_NOTHING,
	MADE_FILES,
	MADE_ALL,			/* its directory, too */
};

struct daemon {
	uv_loop_t loop;
	struct options options;
	const struct source_ops *ops;
	struct cache cache;
	uint32_t index;
	uint32_t detect_ms;
	int ready_fd;			/* -1: answered, or nobody asked */
	uv_timer_t ready_timer;
	struct session session;
	struct link link;
	struct netwatch netwatch;
	struct plan plan;
	struct zeroes zeroes;
	struct compare compare;
	char home[4096];		/* see home.h; as people know it */
	char home_at[32];		/* as it is reached without privileges */
	struct control control;
	struct look look;
	struct functions functions;
	struct reload reload;
	struct prefetch prefetch;
	struct ledger ledger;
	struct working_set working_set;
	struct keep keep;
	struct heats heats;
	uint64_t looked_ns;		/* when the kernel was looked at last */
	bool adopted;			/* the disk was there before */
	enum daemon_made made;
	uint32_t buffered;		/* transfers that hold a buffer */
	int refusal;			/* why the cache took no write; 0: it does */
	uint32_t refusals;		/* bad sectors in a row */
	uint64_t refused_ns;		/* when the last write failed */
	struct spots bad;		/* the server cannot read these */
	struct spots rewritten;		/* the cache could not, once */
	struct spots unkept;		/* nor after they were written again */
	uint64_t bad_told_ns;		/* in the log */
};

uint64_t daemon_now(void);		/* ns, monotonic */

/* Answer who waits for this start, once. */
void daemon_ready(struct daemon *d, const char *state, const char *why);

__attribute__((__noreturn__))
void daemon_exit(struct daemon *d, int status);

#endif
