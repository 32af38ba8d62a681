// SPDX-License-Identifier: GPL-2.0
#include "reload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control.h"
#include "daemon.h"
#include "home.h"
#include "log.h"
#include "prefetch.h"
#include "transfer.h"

static void leave_out(const char *path, const char *why, void *arg)
{
	(void)path;
	(void)arg;
	log_info("a function is ignored: %s", why);
}

static bool fits(const struct function *f, const struct daemon *d)
{
	size_t i;

	if (f->image_bytes != d->cache.image_bytes) {
		log_info("the function %s is ignored: it is of an image of %llu bytes",
			 f->name, (unsigned long long)f->image_bytes);
		return false;
	}
	if (!function_is_of(f, &d->cache.header)) {
		log_info("the function %s is ignored: it was made with another cache; 'evergreen attach' compares it",
			 f->name);
		return false;
	}
	for (i = 0; i < f->ranges; i++) {
		if (f->range[i].first < d->cache.blocks &&
		    f->range[i].count <= d->cache.blocks - f->range[i].first)
			continue;
		log_info("the function %s is ignored: it has blocks beyond the image's end",
			 f->name);
		return false;
	}
	return true;
}

static void reload_work(uv_work_t *work)
{
	struct daemon *d = work->data;
	struct reload *r = &d->reload;
	size_t i, kept = 0;

	r->error = function_load_all(home_reach(d), &r->all, &r->n, leave_out, NULL);
	if (r->error) {
		snprintf(r->why, sizeof(r->why), "%.255s", function_error());
		return;
	}
	for (i = 0; i < r->n; i++) {
		if (fits(&r->all[i], d))
			r->all[kept++] = r->all[i];
		else
			function_free(&r->all[i]);
	}
	r->n = kept;
}

static bool is_same(const struct function *a, const struct function *b)
{
	return a->ranges == b->ranges && a->ranges &&
	       !memcmp(a->range, b->range, a->ranges * sizeof(*a->range));
}

/* What was known of a function that has not changed. */
static void keep_known(struct functions *now, struct functions *before)
{
	struct loaded *l, *old;
	size_t i;

	for (i = 0; i < now->n; i++) {
		l = &now->loaded[i];
		old = functions_find(before, l->f.name);
		if (!old || !is_same(&l->f, &old->f))
			continue;
		l->counted = old->counted;
		l->list.absent = old->list.absent;
		l->asked = old->asked;
		l->whole = old->whole;
	}
}

static void reload_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;
	struct reload *r = &d->reload;
	struct functions before = d->functions;

	(void)status;
	r->runs = false;
	if (r->again) {
		r->again = false;
		while (!r->error && r->n)
			function_free(&r->all[--r->n]);
		free(r->all);
		reload_start(d);
		return;
	}
	if (!r->error) {
		memset(&d->functions, 0, sizeof(d->functions));
		if (functions_take(&d->functions, r->all, r->n))
			log_info("no memory for functions; there are none now");
		keep_known(&d->functions, &before);
		functions_free(&before);
		log_debug("%zu functions", d->functions.n);
	} else {
		log_info("functions cannot be read: %s", r->why);
	}
	r->all = NULL;
	d->prefetch.ready = true;
	prefetch_requeue(d);
	prefetch_go_on(d);
	control_reloaded(d, r->error ? r->why : NULL);
}

void reload_start(struct daemon *d)
{
	struct reload *r = &d->reload;

	if (r->runs) {
		r->again = true;
		return;
	}
	r->runs = true;
	r->work.data = d;
	uv_queue_work(&d->loop, &r->work, reload_work, reload_after);
}
