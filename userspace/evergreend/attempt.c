// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "attempt.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "prove.h"

enum {
	THREADS_MAX	= 8,		/* stuck ones included */
	STACK_BYTES	= 512 << 10,
};

struct attempt {
	const struct source_ops *ops;
	const char *uri;
	const struct cache *cache;
	/* under the lock */
	bool has_answer;
	bool has_ended;
	bool abandoned;
	uv_async_t *news;
	/* the thread's until it has ended */
	struct attempt_result result;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int threads;		/* under the lock */

/* News of an answer or of the end.  False: it was abandoned. */
static bool tell(struct attempt *a, bool has_answer, bool has_ended)
{
	bool wanted;

	pthread_mutex_lock(&lock);
	wanted = !a->abandoned;
	a->has_answer |= has_answer;
	a->has_ended = has_ended;
	threads -= has_ended;
	if (wanted)
		uv_async_send(a->news);
	pthread_mutex_unlock(&lock);
	return wanted;
}

static void discard(struct attempt *a)
{
	struct source *s = a->result.source;

	if (s)
		s->ops->close(s);
	free(a);
}

/* Only an answer to a read shows that the server serves. */
static int attempt_prove(struct attempt *a)
{
	struct attempt_result *r = &a->result;
	uint32_t checked = 0, compared = 0;
	int ret;

	ret = prove_fingerprint(r->source, a->cache, &checked, r->why,
				sizeof(r->why));
	if (ret && ret != -ESTALE)
		return ret;
	if (!tell(a, true, false))
		return -ECANCELED;
	if (!ret)
		ret = prove_cached(r->source, a->cache, &compared, r->why,
				   sizeof(r->why));
	snprintf(r->proof, sizeof(r->proof),
		 "fingerprint of %u blocks, %u cached blocks compared",
		 checked, compared);
	return ret;
}

static void *attempt_run(void *arg)
{
	struct attempt *a = arg;
	struct attempt_result *r = &a->result;

	r->source = a->ops->open(a->uri, r->why, sizeof(r->why));
	r->error = r->source ? attempt_prove(a) : -ENOTCONN;
	if (r->source && r->error) {
		r->source->ops->close(r->source);
		r->source = NULL;
	}
	if (!tell(a, false, true))
		discard(a);
	return NULL;
}

int attempt_thread(void *(*run)(void *arg), void *arg)
{
	pthread_attr_t attributes;
	pthread_t thread;
	int ret;

	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	ret = pthread_create(&thread, &attributes, run, arg);
	pthread_attr_destroy(&attributes);
	return -ret;
}

struct attempt *attempt_start(const struct source_ops *ops, const char *uri,
			      const struct cache *cache, uv_async_t *news)
{
	struct attempt *a = calloc(1, sizeof(*a));
	bool room;

	if (!a)
		return NULL;
	a->ops = ops;
	a->uri = uri;
	a->cache = cache;
	a->news = news;
	pthread_mutex_lock(&lock);
	room = threads < THREADS_MAX;
	threads += room;
	pthread_mutex_unlock(&lock);
	if (room && !attempt_thread(attempt_run, a))
		return a;
	pthread_mutex_lock(&lock);
	threads -= room;
	pthread_mutex_unlock(&lock);
	free(a);
	return NULL;
}

static bool look(const bool *flag)
{
	bool value;

	pthread_mutex_lock(&lock);
	value = *flag;
	pthread_mutex_unlock(&lock);
	return value;
}

bool attempt_has_answer(const struct attempt *a)
{
	return look(&a->has_answer);
}

bool attempt_has_ended(const struct attempt *a)
{
	return look(&a->has_ended);
}

void attempt_take(struct attempt *a, struct attempt_result *result)
{
	*result = a->result;
	free(a);
}

void attempt_abandon(struct attempt *a)
{
	bool ended;

	pthread_mutex_lock(&lock);
	a->abandoned = true;
	ended = a->has_ended;
	pthread_mutex_unlock(&lock);
	if (ended)
		discard(a);
}
