// SPDX-License-Identifier: GPL-2.0
#include "volumes.h"

#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

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

/* DIR is the device's directory in sysfs; only a partition has a start. */
static bool take(struct volume *volume, const char *dir, const char *name,
		 bool is_disk)
{
	uint64_t start = 0, sectors;
	struct stat st;

	if (!read_number(dir, "size", &sectors) ||
	    (!is_disk && !read_number(dir, "start", &start)))
		return false;
	snprintf(volume->node, sizeof(volume->node), "/dev/%.40s", name);
	if (stat(volume->node, &st) || !S_ISBLK(st.st_mode))
		return false;
	volume->dev = st.st_rdev;
	volume->start = start * SECTOR;
	volume->bytes = sectors * SECTOR;
	return true;
}

size_t volumes_of_disk(uint32_t index, struct volume volume[VOLUMES_MAX])
{
	char name[16], disk[48], dir[PATH_MAX];
	struct dirent *entry;
	size_t n = 1;
	DIR *list;

	snprintf(name, sizeof(name), "evg%u", index);
	snprintf(disk, sizeof(disk), "/sys/block/%s", name);
	if (!take(&volume[0], disk, name, true))
		return 0;
	list = opendir(disk);
	while (list && n < VOLUMES_MAX && (entry = readdir(list))) {
		if (strncmp(entry->d_name, name, strlen(name)))
			continue;
		snprintf(dir, sizeof(dir), "%s/%s", disk, entry->d_name);
		n += take(&volume[n], dir, entry->d_name, false);
	}
	if (list)
		closedir(list);
	return n;
}
