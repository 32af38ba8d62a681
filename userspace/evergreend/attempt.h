/* SPDX-License-Identifier: GPL-2.0 */
/*
 * One try to connect and to prove what is there, in a thread of its own,
 * because resolving a name may take minutes.  Whoever began it may abandon it
 * at any time and begin another; what it then finds is thrown away.
 */
#ifndef EVG_ATTEMPT_H
#define EVG_ATTEMPT_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>
#include <cache.h>
#include <linux/evergreen.h>

#include "source.h"

struct attempt;

struct attempt_result {
	struct source *source;		/* NULL: see error */
	int error;			/* -ESTALE: another image */
	char proof[EVG_PROOF_MAX];
	char why[256];
};

/* NEWS is sent when the server has answered, and at the end.  NULL: too many are
 * stuck, or no memory.
 */
struct attempt *attempt_start(const struct source_ops *ops, const char *uri,
			      const struct cache *cache, uv_async_t *news);

/* The server has answered a read; whether it is the right one is being seen. */
bool attempt_has_answer(const struct attempt *a);

bool attempt_has_ended(const struct attempt *a);

/* After its end; frees it. */
void attempt_take(struct attempt *a, struct attempt_result *result);

/* Frees it, now or when its thread comes back. */
void attempt_abandon(struct attempt *a);

/* A thread with a small stack that nobody waits for; 0 or a negative errno. */
int attempt_thread(void *(*run)(void *arg), void *arg);

#endif
