// SPDX-License-Identifier: GPL-2.0
#include "mountpoints.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct device {
	unsigned long major, minor;
};

struct part {
	char name[32];
	struct device device;
	uint64_t start, bytes;
};

struct line {
	struct device device;
	const char *root, *path, *type;
};

static int read_file(const char *path, char *text, size_t bytes)
{
	FILE *file = fopen(path, "re");
	int err = 0;

	if (!file)
		return -errno;
	if (!fgets(text, (int)bytes, file))
		err = -EIO;
	fclose(file);
	return err;
}

/* "MAJOR:MINOR" */
static bool parse_device(const char *text, struct device *device)
{
	char *end;

	device->major = strtoul(text, &end, 10);
	if (end == text || *end != ':')
		return false;
	text = end + 1;
	device->minor = strtoul(text, &end, 10);
	return end != text;
}

static uint64_t number_in(const char *path)
{
	char text[32];

	return read_file(path, text, sizeof(text)) ? 0 : strtoull(text, NULL, 10);
}

/* DIR is the disk's in /sys/block, or a partition's below it. */
static int take_part(const char *dir, const char *name, struct part *part)
{
	char path[PATH_MAX], dev[32];
	int err;

	snprintf(path, sizeof(path), "%s/dev", dir);
	err = read_file(path, dev, sizeof(dev));
	if (err)
		return err;
	if (!parse_device(dev, &part->device))
		return -EINVAL;
	snprintf(part->name, sizeof(part->name), "%.31s", name);
	snprintf(path, sizeof(path), "%s/start", dir);
	part->start = number_in(path) * 512;
	snprintf(path, sizeof(path), "%s/size", dir);
	part->bytes = number_in(path) * 512;
	return 0;
}

static int list_parts(uint32_t index, struct part parts[MOUNTPOINTS_MAX])
{
	char disk[32], dir[64], path[PATH_MAX];
	struct dirent *entry;
	int count = 1, err;
	DIR *all;

	snprintf(disk, sizeof(disk), "evg%u", index);
	snprintf(dir, sizeof(dir), "/sys/block/%s", disk);
	err = take_part(dir, disk, &parts[0]);
	if (err)
		return err;
	all = opendir(dir);
	if (!all)
		return -errno;
	while (count < MOUNTPOINTS_MAX && (entry = readdir(all))) {
		if (strncmp(entry->d_name, disk, strlen(disk)))
			continue;
		snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name);
		count += !take_part(path, entry->d_name, &parts[count]);
	}
	closedir(all);
	return count;
}

/* "\040" stands for a space, and so on. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				     (text[3] - '0'));
			text += 3;
		} else {
			*to = *text;
		}
	}
	*to = '\0';
}

/* "36 35 98:0 /root /where options fields... - type source options" */
static bool parse_line(char *text, struct line *line)
{
	char *word, *save = NULL, *dash = strstr(text, " - ");
	int i;

	if (!dash)
		return false;
	*dash = '\0';
	line->type = strtok_r(dash + 3, " ", &save);
	word = strtok_r(text, " ", &save);
	for (i = 0; word && i < 2; i++)
		word = strtok_r(NULL, " ", &save);
	if (!word || !parse_device(word, &line->device))
		return false;
	line->root = strtok_r(NULL, " ", &save);
	word = strtok_r(NULL, " ", &save);
	if (!word || !line->type)
		return false;
	unescape(word);
	line->path = word;
	return true;
}

/* A bind mount of a part of it will do only until its root is found. */
static int take_mount(const struct line *line, const struct part *part,
		      struct mount_point *mounts, int count)
{
	char node[sizeof(mounts->node)];
	int i;

	snprintf(node, sizeof(node), "/dev/%.31s", part->name);
	for (i = 0; i < count; i++)
		if (!strcmp(mounts[i].node, node))
			break;
	if (i == MOUNTPOINTS_MAX || (i < count && strcmp(line->root, "/")))
		return count;
	snprintf(mounts[i].path, sizeof(mounts[i].path), "%s", line->path);
	snprintf(mounts[i].type, sizeof(mounts[i].type), "%s", line->type);
	snprintf(mounts[i].node, sizeof(mounts[i].node), "%s", node);
	mounts[i].start = part->start;
	mounts[i].bytes = part->bytes;
	return i < count ? count : count + 1;
}

int mountpoints_of_disk(uint32_t index, struct mount_point mounts[MOUNTPOINTS_MAX])
{
	struct part parts[MOUNTPOINTS_MAX];
	int part, n, count = 0;
	struct line line;
	char *text = NULL;
	size_t room = 0;
	FILE *file;

	n = list_parts(index, parts);
	if (n < 0)
		return n;
	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -errno;
	while (getline(&text, &room, file) > 0) {
		if (!parse_line(text, &line))
			continue;
		for (part = 0; part < n; part++)
			if (line.device.major == parts[part].device.major &&
			    line.device.minor == parts[part].device.minor)
				count = take_mount(&line, &parts[part], mounts, count);
	}
	free(text);
	fclose(file);
	return count;
}
