// SPDX-License-Identifier: GPL-2.0
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
	bool thorough;
	/* under the lock */
	enum attempt_stage stage;
	bool abandoned;
	uv_async_t *news;
	/* the thread's until ATTEMPT_ENDED */
	struct attempt_result result;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned int threads;		/* under the lock */

/* False: it was abandoned. */
static bool tell(struct attempt *a, enum attempt_stage stage)
{
	bool wanted;

	pthread_mutex_lock(&lock);
	wanted = !a->abandoned;
	a->stage = stage;
	if (stage == ATTEMPT_ENDED)
		threads--;
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

static void *attempt_run(void *arg)
{
	struct attempt *a = arg;
	struct attempt_result *r = &a->result;

	r->source = a->ops->open(a->uri, r->why, sizeof(r->why));
	if (!r->source) {
		r->error = -ENOTCONN;
	} else if (tell(a, ATTEMPT_PROVING)) {
		r->error = prove_identity(r->source, a->cache, a->thorough,
					  r->proof, sizeof(r->proof), r->why,
					  sizeof(r->why));
		if (r->error) {
			r->source->ops->close(r->source);
			r->source = NULL;
		}
	}
	if (!tell(a, ATTEMPT_ENDED))
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
			      const struct cache *cache, bool thorough,
			      uv_async_t *news)
{
	struct attempt *a = calloc(1, sizeof(*a));
	bool room;

	if (!a)
		return NULL;
	a->ops = ops;
	a->uri = uri;
	a->cache = cache;
	a->thorough = thorough;
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

enum attempt_stage attempt_stage(struct attempt *a)
{
	enum attempt_stage stage;

	pthread_mutex_lock(&lock);
	stage = a->stage;
	pthread_mutex_unlock(&lock);
	return stage;
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
	ended = a->stage == ATTEMPT_ENDED;
	pthread_mutex_unlock(&lock);
	if (ended)
		discard(a);
}
