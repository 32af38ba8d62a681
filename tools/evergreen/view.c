// SPDX-License-Identifier: GPL-2.0
#include "view.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cache.h"
#include "evergreen.h"

enum { WHY_BYTES = 1024 };

static void note_bad(const char *path, const char *why, void *arg)
{
	(void)arg;
	say_note("%s is left out: %s", path, why);
}

static int find_home(struct view *view, char *why, size_t bytes)
{
	const struct evgnl_disk *disk = &view->disk;
	struct cache cache;
	int err;

	if (!disk->cache[0]) {
		snprintf(why, bytes, "the module does not say where the cache of /dev/evg%u is",
			 disk->index);
		return -ENOENT;
	}
	err = cache_open(&cache, disk->cache, true);
	if (err) {
		snprintf(why, bytes, "%s", cache_error());
		return err;
	}
	view->header = cache.header;
	function_home(view->home, sizeof(view->home), cache.path, cache.is_bdev,
		      disk->uuid);
	cache_close(&cache);
	return 0;
}

static int load(struct view *view, bool quiet, char *why, size_t bytes)
{
	int err = find_home(view, why, bytes);

	if (err)
		return err;
	err = function_load_all(view->home, &view->function, &view->functions,
				quiet ? NULL : note_bad, NULL);
	if (err)
		snprintf(why, bytes, "%s", function_error());
	return err;
}

static int count(struct view *view, char *why, size_t bytes)
{
	size_t i;
	int err = 0;

	presence_close(view->presence);
	free(view->present);
	view->presence = presence_open(view->nl, &view->disk);
	view->present = calloc(view->functions + 1, sizeof(*view->present));
	if (!view->presence || !view->present) {
		snprintf(why, bytes, "out of memory");
		return -ENOMEM;
	}
	for (i = 0; i < view->functions && !err; i++)
		err = presence_of_function(view->presence, &view->function[i],
					   &view->present[i]);
	if (err)
		snprintf(why, bytes, "/dev/evg%u: %s", view->disk.index,
			 evgnl_error(view->nl));
	return err;
}

int view_open(struct view *view, struct evgnl *nl, uint32_t index)
{
	char why[WHY_BYTES];

	memset(view, 0, sizeof(*view));
	view->nl = nl;
	if (evgnl_get(nl, index, &view->disk))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	return load(view, false, why, sizeof(why)) ? say_failure("%s", why) : EXIT_OK;
}

int view_count(struct view *view)
{
	char why[WHY_BYTES];

	return count(view, why, sizeof(why)) ? say_failure("%s", why) : EXIT_OK;
}

int view_look(struct view *view, struct evgnl *nl, const struct evgnl_disk *disk,
	      char *why, size_t bytes)
{
	int err;

	memset(view, 0, sizeof(*view));
	view->nl = nl;
	view->disk = *disk;
	err = load(view, true, why, bytes);
	return err ? err : count(view, why, bytes);
}

void view_close(struct view *view)
{
	size_t i;

	presence_close(view->presence);
	for (i = 0; i < view->functions; i++)
		function_free(&view->function[i]);
	free(view->function);
	free(view->present);
}

const struct function *view_find(const struct view *view, const char *name)
{
	size_t i;

	for (i = 0; i < view->functions; i++)
		if (!strcmp(view->function[i].name, name))
			return &view->function[i];
	return NULL;
}

static bool is_complete(const struct view *view, const struct function *f)
{
	return view->present[f - view->function] == f->blocks;
}

bool view_is_of(const struct view *view, const struct function *f)
{
	return function_is_of(f, &view->header);
}

bool view_is_ready(const struct view *view, const struct function *f)
{
	const struct function *metadata = view_find(view, FUNCTION_METADATA);

	return view_is_of(view, f) && is_complete(view, f) && (!metadata || is_complete(view, metadata));
}

bool view_is_own(const struct function *f)
{
	return strcmp(f->name, FUNCTION_METADATA) &&
	       strcmp(f->name, FUNCTION_SESSION);
}

void view_count_ready(const struct view *view, size_t *ready, size_t *all)
{
	size_t i;

	*ready = 0;
	*all = 0;
	for (i = 0; i < view->functions; i++) {
		if (!view_is_own(&view->function[i]))
			continue;
		(*all)++;
		*ready += view_is_ready(view, &view->function[i]);
	}
}
