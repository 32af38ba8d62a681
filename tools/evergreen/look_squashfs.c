// SPDX-License-Identifier: GPL-2.0
/* squashfs does not tell where files lie: its tables do. */
#define _GNU_SOURCE		/* O_DIRECT */
#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "squash.h"

enum { WINDOW = 16384 };

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
static void tell_inode(const struct tables *t, uint32_t ino, const char *path)
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
			  t->owned[low].bytes, path);
}

/* The directory itself says the number: no file's inode has to be read. */
static void name_entry(const struct look_entry *entry, void *arg)
{
	if (entry->fd < 0)
		tell_inode(arg, (uint32_t)entry->ino, entry->path);
}

void look_at_squashfs(struct look *look)
{
	struct tables t = { .look = look };
	void *window;
	int err;

	t.fd = open(look->mount->volume.node, O_RDONLY | O_DIRECT | O_CLOEXEC);
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
	if (t.count) {
		qsort(t.owned, t.count, sizeof(*t.owned), by_ino);
		look_walk(look, name_entry, &t);
	}
	free(t.owned);
}
