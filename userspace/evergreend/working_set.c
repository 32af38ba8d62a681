// SPDX-License-Identifier: GPL-2.0
#include "working_set.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon.h"
#include "home.h"
#include "log.h"
#include "look.h"

#define SESSION_FILE FUNCTION_SESSION ".json"

enum {
	SAVE_S		= 60,
	PAGES_A_TICK	= 256,
};

static void add(struct working_set *w, uint64_t first, uint32_t count)
{
	uint64_t blocks = w->f.blocks;

	if (w->full)
		return;
	if (function_add(&w->f, first, count)) {
		log_info("the working set is not followed further: %s",
			 function_error());
		w->full = true;
	}
	w->changed |= w->f.blocks != blocks;
}

static bool is_of_this(const struct daemon *d, const struct function *f)
{
	size_t i;

	if (f->image_bytes != d->cache.image_bytes)
		return false;
	for (i = 0; i < f->ranges; i++)
		if (f->range[i].first >= d->cache.blocks ||
		    f->range[i].count > d->cache.blocks - f->range[i].first)
			return false;
	return true;
}

void working_set_start(struct daemon *d, bool goes_on)
{
	struct function *last = &d->prefetch.session;
	struct working_set *w = &d->working_set;
	char path[PATH_MAX + 16];
	size_t i;
	int ret;

	function_init(&w->f, FUNCTION_SESSION, &d->cache.header);
	w->saved_ns = daemon_now();
	home_path(d, SESSION_FILE, path, sizeof(path));
	ret = function_load(last, path);
	if (ret == -ENOENT)
		return;
	if (ret || !is_of_this(d, last)) {
		log_info("the last session's working set is ignored: %s",
			 ret ? function_error() : "it is of another image");
		function_free(last);
		return;
	}
	for (i = 0; goes_on && i < last->ranges; i++)
		add(w, last->range[i].first, last->range[i].count);
	w->changed = false;
}

void working_set_wanted(struct daemon *d, uint64_t first, uint32_t count,
			enum evg_class class)
{
	if (class == EVG_CLASS_DEMAND)
		add(&d->working_set, first, count);
}

/* Of a region that was touched, what is there: no more can have been read. */
static void add_region(struct daemon *d, uint64_t first, uint32_t count)
{
	uint32_t done, run;

	for (done = 0; done < count; done += run)
		if (present_run(&d->prefetch.present, first + done,
				count - done, &run) == PRESENT_YES)
			add(&d->working_set, first + done, run);
}

static void add_page(struct daemon *d, const struct evgnl_page *page)
{
	uint64_t first = page->first;
	uint32_t i, n;

	for (i = 0; i < sizeof(page->heat); i++) {
		if (first >= d->cache.blocks)
			break;
		n = d->cache.blocks - first < EVG_REGION_BLOCKS ?
		    (uint32_t)(d->cache.blocks - first) : EVG_REGION_BLOCKS;
		if (page->heat[i] & EVG_HEAT_TOUCHED)
			add_region(d, first, n);
		first += n;
	}
}

static bool is_touched(const struct evgnl_page *page)
{
	size_t i;

	for (i = 0; i < sizeof(page->heat); i++)
		if (page->heat[i] & EVG_HEAT_TOUCHED)
			return true;
	return false;
}

/* False: the kernel does not tell, or not now. */
static bool look_at_page(struct daemon *d, uint64_t first)
{
	struct evgnl_page page;
	uint32_t run;

	if (evgnl_heat(d->look.nl, d->index, first, &page))
		return false;
	if (!is_touched(&page))
		return true;
	if (present_run(&d->prefetch.present, first, 1, &run) ==
	    PRESENT_UNKNOWN && !look_learn(d, first))
		return false;
	page.first = first;
	add_page(d, &page);
	return true;
}

/* Some pages at a time, round and round. */
static void look_around(struct daemon *d, uint64_t pages)
{
	uint64_t all = (d->cache.blocks + EVG_MAP_BLOCKS - 1) / EVG_MAP_BLOCKS;
	struct working_set *w = &d->working_set;

	if (pages > all)
		pages = all;
	for (; pages && d->look.nl && !d->look.refused; pages--) {
		if (!look_at_page(d, w->page * EVG_MAP_BLOCKS))
			return;
		w->page = (w->page + 1) % all;
	}
}

static void say_not_kept(struct working_set *w)
{
	if (!w->complained)
		log_info("the working set cannot be kept: %s",
			 function_error());
	w->complained = true;
}

static void forget_copy(struct working_set *w)
{
	free(w->saving.range);
	memset(&w->saving, 0, sizeof(w->saving));
}

static void save_work(uv_work_t *work)
{
	struct daemon *d = work->data;
	char path[PATH_MAX + 16];

	home_path(d, SESSION_FILE, path, sizeof(path));
	if (function_save(&d->working_set.saving, path))
		say_not_kept(&d->working_set);
}

static void save_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;

	(void)status;
	forget_copy(&d->working_set);
}

static void save_later(struct daemon *d)
{
	struct working_set *w = &d->working_set;
	size_t bytes = w->f.ranges * sizeof(*w->f.range);

	if (!w->changed || w->saving.range)
		return;
	w->saving = w->f;
	w->saving.seen = NULL;
	w->saving.range = malloc(bytes);
	if (!w->saving.range)
		return;
	memcpy(w->saving.range, w->f.range, bytes);
	w->saving.recorded = (uint64_t)time(NULL);
	w->changed = false;
	w->work.data = d;
	uv_queue_work(&d->loop, &w->work, save_work, save_after);
}

void working_set_tick(struct daemon *d)
{
	struct working_set *w = &d->working_set;
	uint64_t now = daemon_now();

	look_around(d, PAGES_A_TICK);
	if (now - w->saved_ns < SAVE_S * 1000000000ULL)
		return;
	w->saved_ns = now;
	save_later(d);
}

void working_set_save(struct daemon *d)
{
	struct working_set *w = &d->working_set;
	char path[PATH_MAX + 16];

	look_around(d, PAGES_A_TICK);
	if (!w->changed)
		return;
	home_path(d, SESSION_FILE, path, sizeof(path));
	if (function_save(&w->f, path))
		say_not_kept(w);
}
