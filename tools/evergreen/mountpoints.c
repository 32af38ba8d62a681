// SPDX-License-Identifier: GPL-2.0
#include "mountpoints.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

struct line {
	dev_t dev;
	const char *root, *path, *type;
};

static unsigned int octal(char digit)
{
	return digit - '0';
}

/* "\040" stands for a space, and so on. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++, to++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to = (char)(octal(text[1]) << 6 | octal(text[2]) << 3 |
				     octal(text[3]));
			text += 3;
		} else {
			*to = *text;
		}
	}
	*to = '\0';
}

/* "MAJOR:MINOR" */
static bool parse_device(const char *text, dev_t *dev)
{
	unsigned long major;
	char *end;

	major = strtoul(text, &end, 10);
	if (end == text || *end != ':')
		return false;
	text = end + 1;
	*dev = makedev(major, strtoul(text, &end, 10));
	return end != text;
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
	if (!word || !parse_device(word, &line->dev))
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
static int take_mount(const struct line *line, const struct volume *volume,
		      struct mount_point *mounts, int count)
{
	int i;

	for (i = 0; i < count; i++)
		if (mounts[i].volume.dev == volume->dev)
			break;
	if (i == MOUNTPOINTS_MAX || (i < count && strcmp(line->root, "/")))
		return count;
	snprintf(mounts[i].path, sizeof(mounts[i].path), "%s", line->path);
	snprintf(mounts[i].type, sizeof(mounts[i].type), "%s", line->type);
	mounts[i].volume = *volume;
	return i < count ? count : count + 1;
}

int mountpoints_of_disk(uint32_t index, struct mount_point mounts[MOUNTPOINTS_MAX])
{
	struct volume volume[VOLUMES_MAX];
	size_t n = volumes_of_disk(index, volume), room = 0, i;
	struct line line;
	char *text = NULL;
	int count = 0;
	FILE *file;

	if (!n)
		return -ENODEV;
	file = fopen("/proc/self/mountinfo", "re");
	if (!file)
		return -errno;
	while (getline(&text, &room, file) > 0) {
		if (!parse_line(text, &line))
			continue;
		for (i = 0; i < n; i++)
			if (line.dev == volume[i].dev)
				count = take_mount(&line, &volume[i], mounts, count);
	}
	free(text);
	fclose(file);
	return count;
}
