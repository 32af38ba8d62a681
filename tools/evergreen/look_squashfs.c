// SPDX-License-Identifier: GPL-2.0
/* squashfs does not tell where files lie: its tables do. */
#define _GNU_SOURCE		/* O_DIRECT */
#include "look.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "squash.h"

enum { WINDOW = 16384, DEPTH_MAX = 200 };

/* Bytes of interest, and the inode that has them. */
struct owned {
	uint32_t ino;
	uint64_t start, bytes;
};

struct tables {
	struct look *look;
	int fd;
	uint8_t *window;		/* aligned, WINDOW bytes at window_at */
	uint64_t window_at;
	size_t window_bytes;
	struct owned *owned;		/* sorted by inode when they are named */
	size_t count, room;
	char path[PATH_MAX];
	int depth;
};

/* Direct, so that it waits for nobody's page and keeps none. */
static int load_window(struct tables *t, uint64_t start)
{
	ssize_t n;

	t->window_at = start / EVG_BLOCK_SIZE * EVG_BLOCK_SIZE;
	t->window_bytes = 0;
	/* Nobody may have read what is beside it, and with the link cut nobody
	 * can.
	 */
	n = pread(t->fd, t->window, t->look->online && start ? WINDOW : EVG_BLOCK_SIZE,
		  (off_t)t->window_at);
	if (n < 0)
		return -errno;
	t->window_bytes = n;
	return start < t->window_at + t->window_bytes ? 0 : -EUCLEAN;
}

static int read_bytes(void *arg, uint64_t start, void *to, size_t bytes)
{
	struct tables *t = arg;
	size_t at, some;
	int err;

	while (bytes) {
		if (start < t->window_at ||
		    start >= t->window_at + t->window_bytes) {
			err = load_window(t, start);
			if (err)
				return err;
		}
		at = start - t->window_at;
		some = t->window_bytes - at;
		if (some > bytes)
			some = bytes;
		memcpy(to, t->window + at, some);
		to = (uint8_t *)to + some;
		start += some;
		bytes -= some;
	}
	return 0;
}

static int keep_owned(void *arg, uint32_t ino, uint64_t start, uint64_t bytes)
{
	struct tables *t = arg;
	struct owned *grown;

	if (!look_wants(t->look, start, bytes))
		return 0;
	if (t->count == t->room) {
		t->room = t->room * 2 + 64;
		grown = reallocarray(t->owned, t->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		t->owned = grown;
	}
	t->owned[t->count++] = (struct owned){ ino, start, bytes };
	return 0;
}

static int by_ino(const void *a, const void *b)
{
	const struct owned *x = a, *y = b;

	return (x->ino > y->ino) - (x->ino < y->ino);
}

/* An inode may have several: whole blocks, and its end in a fragment. */
static void tell_inode(struct tables *t, uint32_t ino)
{
	size_t low = 0, high = t->count, middle;

	while (low < high) {
		middle = (low + high) / 2;
		if (t->owned[middle].ino < ino)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < t->count && t->owned[low].ino == ino; low++)
		look_tell(t->look, LOOK_FILE, t->owned[low].start,
			  t->owned[low].bytes, t->path);
}

static void name_directory(struct tables *t, int fd);

/* The directory itself says the number: no file's inode has to be read. */
static void name_entry(struct tables *t, int dir, const struct dirent *entry)
{
	size_t length = strlen(t->path);
	int fd;

	if (length + strlen(entry->d_name) + 2 > sizeof(t->path)) {
		t->look->partial = true;
		return;
	}
	snprintf(t->path + length, sizeof(t->path) - length, "%s%s",
		 t->path[length - 1] == '/' ? "" : "/", entry->d_name);
	if (entry->d_type == DT_REG) {
		tell_inode(t, (uint32_t)entry->d_ino);
	} else {
		fd = openat(dir, entry->d_name, O_RDONLY | O_DIRECTORY |
			    O_NOFOLLOW | O_CLOEXEC);
		if (fd < 0)
			look_failed(t->look, errno);
		else
			name_directory(t, fd);
	}
	t->path[length] = '\0';
}

/* FD is closed. */
static void name_directory(struct tables *t, int fd)
{
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	dir = t->depth < DEPTH_MAX ? fdopendir(fd) : NULL;
	if (!dir || fstat(fd, &st)) {
		t->look->partial = true;
		close(fd);
		return;
	}
	t->depth++;
	while (!t->look->stop) {
		errno = 0;
		entry = readdir(dir);
		if (!entry)
			break;
		if ((entry->d_type == DT_REG || entry->d_type == DT_DIR) &&
		    strcmp(entry->d_name, ".") && strcmp(entry->d_name, ".."))
			name_entry(t, dirfd(dir), entry);
	}
	if (!t->look->stop && errno)
		look_failed(t->look, errno);
	t->depth--;
	closedir(dir);
}

static void name_all(struct tables *t)
{
	int fd;

	if (!t->count)
		return;
	qsort(t->owned, t->count, sizeof(*t->owned), by_ino);
	snprintf(t->path, sizeof(t->path), "%s", t->look->mount->path);
	fd = open(t->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		look_failed(t->look, errno);
	else
		name_directory(t, fd);
}

void look_at_squashfs(struct look *look)
{
	struct tables t = { .look = look };
	void *window;
	int err;

	t.fd = open(look->mount->node, O_RDONLY | O_DIRECT | O_CLOEXEC);
	if (t.fd < 0) {
		look_failed(look, errno);
		return;
	}
	err = -posix_memalign(&window, EVG_BLOCK_SIZE, WINDOW);
	if (!err) {
		t.window = window;
		err = squash_each(read_bytes, keep_owned, &t);
		free(window);
	}
	close(t.fd);
	if (err)
		look->partial = true;
	name_all(&t);
	free(t.owned);
}
