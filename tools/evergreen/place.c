// SPDX-License-Identifier: GPL-2.0
#include "place.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cache.h"
#include "control.h"
#include "evergreen.h"

enum { SECTOR = 512 };

static bool read_number(const char *dir, const char *name, uint64_t *number)
{
	char path[PATH_MAX], text[32], *end = text;
	FILE *in;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	in = fopen(path, "re");
	if (!in)
		return false;
	if (fgets(text, sizeof(text), in))
		*number = strtoull(text, &end, 10);
	fclose(in);
	return end != text;
}

/* DIR is the device's directory in sysfs. */
static void add_volume(struct place *place, const char *dir, const char *name)
{
	struct volume *volume = &place->volume[place->volumes];
	uint64_t start = 0, sectors;
	struct stat st;

	if (place->volumes == PLACE_VOLUMES || !read_number(dir, "size", &sectors))
		return;
	if (place->volumes && !read_number(dir, "start", &start))
		return;
	snprintf(volume->node, sizeof(volume->node), "/dev/%.40s", name);
	if (stat(volume->node, &st) || !S_ISBLK(st.st_mode))
		return;
	volume->dev = st.st_rdev;
	volume->start = start * SECTOR;
	volume->bytes = sectors * SECTOR;
	place->volumes++;
}

static void find_volumes(struct place *place)
{
	char name[16], disk[48], dir[PATH_MAX];
	struct dirent *entry;
	DIR *list;

	snprintf(name, sizeof(name), "evg%u", place->disk.index);
	snprintf(disk, sizeof(disk), "/sys/block/%s", name);
	add_volume(place, disk, name);
	list = opendir(disk);
	while (list && (entry = readdir(list))) {
		if (strncmp(entry->d_name, name, strlen(name)))
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", disk, entry->d_name);
		add_volume(place, dir, entry->d_name);
	}
	if (list)
		closedir(list);
}

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
	find_volumes(place);
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

int place_store(const struct place *place, const struct function *f)
{
	char path[PATH_MAX];

	if (function_path(path, sizeof(path), place->home, f->name) ||
	    function_save(f, path))
		return say_failure("%s", function_error());
	place_tell_helper(place);
	return EXIT_OK;
}
