// SPDX-License-Identifier: GPL-2.0
#include "place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cache.h"
#include "control.h"
#include "evergreen.h"

static int read_cache(struct place *place)
{
	struct cache cache;

	if (!place->disk.cache[0])
		return say_failure("the module does not say where the cache of /dev/evg%u is",
				   place->disk.index);
	if (cache_open(&cache, place->disk.cache, true))
		return say_failure("%s", cache_error());
	place->header = cache.header;
	function_home(place->home, sizeof(place->home), cache.path,
		      cache.is_bdev, cache.header.uuid);
	cache_close(&cache);
	if (memcmp(place->header.uuid, place->disk.uuid, sizeof(place->disk.uuid)))
		return say_failure("another cache is at %s now", place->disk.cache);
	return EXIT_OK;
}

int place_find(struct place *place, struct evgnl *nl, uint32_t index)
{
	int status;

	memset(place, 0, sizeof(*place));
	if (evgnl_get(nl, index, &place->disk))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	status = read_cache(place);
	if (status)
		return status;
	place->volumes = volumes_of_disk(index, place->volume);
	if (!place->volumes)
		return say_failure("/dev/evg%u is not there", index);
	return EXIT_OK;
}

const struct volume *place_volume(const struct place *place, dev_t dev)
{
	size_t i;

	for (i = 0; i < place->volumes; i++)
		if (place->volume[i].dev == dev)
			return &place->volume[i];
	return NULL;
}

bool place_has_function(const struct place *place, const char *name)
{
	char path[PATH_MAX];

	return !function_path(path, sizeof(path), place->home, name) &&
	       !access(path, F_OK);
}

int place_load(const struct place *place, const char *name, bool append,
	       struct function *f)
{
	char path[PATH_MAX];

	function_init(f, name, &place->header);
	if (!append || !place_has_function(place, name))
		return EXIT_OK;
	if (function_path(path, sizeof(path), place->home, name) ||
	    function_load(f, path))
		return say_failure("%s", function_error());
	return EXIT_OK;
}

void place_tell_helper(const struct place *place)
{
	int err = control_ask(place->disk.index, "reload", NULL);

	if (err && err != -ENOENT)
		say_note("%s", control_error());
}

/* Blocks that another one has stored since this function was loaded. */
static int take_in(const struct place *place, struct function *f)
{
	struct function there;
	int status, ret = 0;
	size_t i;

	status = place_load(place, f->name, true, &there);
	for (i = 0; !status && !ret && i < there.ranges; i++)
		ret = function_add(f, there.range[i].first, there.range[i].count);
	if (ret)
		status = say_failure("%s", function_error());
	function_free(&there);
	return status;
}

int place_add(const struct place *place, struct function *f)
{
	int lock = function_lock(place->home), status;

	if (lock < 0)
		return say_failure("%s", function_error());
	status = take_in(place, f);
	if (!status)
		status = place_store(place, f);
	close(lock);
	return status;
}

int place_store(const struct place *place, const struct function *f)
{
	char path[PATH_MAX];

	if (function_path(path, sizeof(path), place->home, f->name) ||
	    function_save(f, path))
		return say_failure("%s", function_error());
	place_tell_helper(place);
	return EXIT_OK;
}
