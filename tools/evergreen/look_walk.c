// SPDX-License-Identifier: GPL-2.0
/* Down the tree of a mount, without leaving it. */
#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DEPTH_MAX = 200 };

struct level {
	DIR *dir;
	size_t length;			/* of its path */
};

struct walk {
	struct look *look;
	look_visit visit;
	void *arg;
	dev_t dev;
	char path[PATH_MAX];
	struct level level[DEPTH_MAX];
	int depth;
};

/* FD becomes the level's, or is closed. */
static void enter(struct walk *walk, int fd, const struct look_entry *entry)
{
	struct look_entry itself = *entry;
	DIR *dir = NULL;

	itself.fd = fd;
	walk->visit(&itself, walk->arg);
	if (walk->depth < DEPTH_MAX)
		dir = fdopendir(fd);
	if (!dir) {
		walk->look->partial = true;
		close(fd);
		return;
	}
	walk->level[walk->depth].dir = dir;
	walk->level[walk->depth].length = strlen(walk->path);
	walk->depth++;
}

static void descend(struct walk *walk, const struct look_entry *entry)
{
	struct stat st;
	int fd;

	fd = openat(entry->dir, entry->name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
		    O_CLOEXEC);
	if (fd < 0) {
		look_failed(walk->look, errno);
		return;
	}
	if (fstat(fd, &st)) {
		look_failed(walk->look, errno);
		close(fd);
	} else if (st.st_dev != walk->dev) {
		close(fd);	/* something else is mounted there */
	} else {
		enter(walk, fd, entry);
	}
}

/* Not every file system says it in the directory. */
static unsigned char type_of(const struct walk *walk, int dir,
			     const struct dirent *entry)
{
	struct stat st;

	if (entry->d_type != DT_UNKNOWN)
		return entry->d_type;
	if (fstatat(dir, entry->d_name, &st, AT_SYMLINK_NOFOLLOW)) {
		look_failed(walk->look, errno);
		return DT_UNKNOWN;
	}
	return IFTODT(st.st_mode);
}

static void take_entry(struct walk *walk, const struct level *level,
		       const struct dirent *from)
{
	struct look_entry entry = {
		.dir = dirfd(level->dir),
		.name = from->d_name,
		.path = walk->path,
		.ino = from->d_ino,
		.fd = -1,
	};
	size_t room = sizeof(walk->path) - level->length;
	unsigned char type;

	if (!strcmp(from->d_name, ".") || !strcmp(from->d_name, ".."))
		return;
	if ((size_t)snprintf(walk->path + level->length, room, "%s%s",
			     walk->path[level->length - 1] == '/' ? "" : "/",
			     from->d_name) >= room) {
		walk->look->partial = true;
		return;
	}
	/* What is neither has no blocks worth naming. */
	type = type_of(walk, entry.dir, from);
	if (type == DT_DIR)
		descend(walk, &entry);
	else if (type == DT_REG)
		walk->visit(&entry, walk->arg);
}

static void walk_all(struct walk *walk)
{
	const struct level *level;
	struct dirent *entry;

	while (walk->depth) {
		level = &walk->level[walk->depth - 1];
		walk->path[level->length] = '\0';
		errno = 0;
		entry = walk->look->stop ? NULL : readdir(level->dir);
		if (entry) {
			take_entry(walk, level, entry);
			continue;
		}
		if (errno)
			look_failed(walk->look, errno);
		closedir(level->dir);
		walk->depth--;
	}
}

void look_walk(struct look *look, look_visit visit, void *arg)
{
	struct look_entry root = { .dir = AT_FDCWD, .name = look->mount->path };
	struct walk *walk = calloc(1, sizeof(*walk));
	struct stat st;

	if (!walk || stat(look->mount->path, &st)) {
		look_failed(look, errno);
		free(walk);
		return;
	}
	walk->look = look;
	walk->visit = visit;
	walk->arg = arg;
	walk->dev = st.st_dev;
	snprintf(walk->path, sizeof(walk->path), "%s", look->mount->path);
	root.path = walk->path;
	descend(walk, &root);
	walk_all(walk);
	free(walk);
}
