// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* pipe2 */
#include "resolve.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "plain.h"

/* While the link is not up, what is not cached cannot be waited for. */
enum { ONLINE_MS = 30000, OFFLINE_MS = 4000 };

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static int by_first(const void *a, const void *b)
{
	const struct evgnl_range *x = a, *y = b;

	return (x->first > y->first) - (x->first < y->first);
}

size_t resolve_merge(struct evgnl_range *want, size_t wants)
{
	size_t i, n = 0;
	uint64_t end;

	qsort(want, wants, sizeof(*want), by_first);
	for (i = 1; i < wants; i++) {
		end = want[n].first + want[n].count;
		if (want[i].first > end) {
			want[++n] = want[i];
			continue;
		}
		if (want[i].first + want[i].count > end)
			want[n].count = (uint32_t)(want[i].first + want[i].count -
						   want[n].first);
	}
	return wants ? n + 1 : 0;
}

static int add_span(struct resolve *resolve, const struct look_found *found,
		    const char *path)
{
	struct resolve_span *grown, *span;

	if (resolve->spans == resolve->room) {
		resolve->room = resolve->room * 2 + 64;
		grown = reallocarray(resolve->span, resolve->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		resolve->span = grown;
	}
	span = &resolve->span[resolve->spans];
	memset(span, 0, sizeof(*span));
	span->start = found->start;
	span->bytes = found->bytes;
	span->kind = found->kind == LOOK_FILE ? RESOLVE_FILE : RESOLVE_DIRECTORY;
	span->path = strdup(path);
	if (!span->path)
		return -ENOMEM;
	resolve->spans++;
	return 0;
}

static int take_found(struct resolve *resolve, const struct look_found *found,
		      const char *path)
{
	size_t i;

	if (found->kind != LOOK_DONE)
		return add_span(resolve, found, path);
	for (i = 0; i < resolve->mounts; i++)
		if (resolve->mount[i].start == found->start)
			resolve->mount[i].kind = RESOLVE_METADATA;
	return 0;
}

/* All of it: 1; the end: 0; a negative errno: too late, or trouble. */
static int read_all(int fd, void *to, size_t bytes, int64_t until)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	int64_t left;
	ssize_t n;

	while (bytes) {
		left = until - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		if (poll(&poller, 1, (int)left) <= 0)
			continue;
		n = read(fd, to, bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : 0;
		to = (char *)to + n;
		bytes -= n;
	}
	return 1;
}

static int collect(struct resolve *resolve, int fd, int64_t until)
{
	struct look_found found;
	char path[PATH_MAX + 1];
	int err;

	for (;;) {
		err = read_all(fd, &found, sizeof(found), until);
		if (err <= 0)
			return err;
		if (found.path_bytes > PATH_MAX)
			return -EPROTO;
		err = found.path_bytes ?
			read_all(fd, path, found.path_bytes, until) : 1;
		if (err <= 0)
			return err;
		path[found.path_bytes] = '\0';
		err = take_found(resolve, &found, path);
		if (err)
			return err;
	}
}

/* The child may hang in the file system; then it goes when it can. */
static int look_in_child(struct resolve *resolve, struct look *look,
			 const struct mount_point *mounts, int count,
			 int64_t until)
{
	int ends[2], err;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return -errno;
	fflush(NULL);
	pid = fork();
	if (!pid) {
		close(ends[0]);
		look->out = ends[1];
		look_at_mounts(look, mounts, count);
		_exit(0);
	}
	err = pid < 0 ? -errno : 0;
	close(ends[1]);
	if (!err)
		err = collect(resolve, ends[0], until);
	close(ends[0]);
	if (pid > 0) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, err == -ETIMEDOUT ? WNOHANG : 0);
	}
	resolve->late = err == -ETIMEDOUT;
	return resolve->late ? 0 : err;
}

static int by_start(const void *a, const void *b)
{
	const struct resolve_span *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return strcmp(x->path, y->path);
}

/* What begins at the same byte shares it; what is packed says its plain
 * length, which ends where the next begins.
 */
static void settle(struct resolve *resolve)
{
	struct resolve_span *span = resolve->span, *last;
	size_t i, n = 0;

	if (!resolve->spans)
		return;
	qsort(span, resolve->spans, sizeof(*span), by_start);
	for (i = 1; i < resolve->spans; i++) {
		last = &span[n];
		if (span[i].start == last->start) {
			last->others += !!strcmp(span[i].path, last->path);
			if (span[i].bytes > last->bytes)
				last->bytes = span[i].bytes;
			free(span[i].path);
			continue;
		}
		if (last->start + last->bytes > span[i].start)
			last->bytes = span[i].start - last->start;
		span[++n] = span[i];
	}
	resolve->spans = n + 1;
}

static int note_mounts(struct resolve *resolve,
		       const struct mount_point *mounts, int count)
{
	struct resolve_span *span;
	int i;

	resolve->mount = calloc(count + 1, sizeof(*resolve->mount));
	if (!resolve->mount)
		return -ENOMEM;
	for (i = 0; i < count; i++) {
		span = &resolve->mount[i];
		span->start = mounts[i].volume.start;
		span->bytes = mounts[i].volume.bytes;
		span->kind = RESOLVE_UNKNOWN;
		span->path = strdup(mounts[i].path);
		if (!span->path)
			return -ENOMEM;
		resolve->mounts++;
	}
	return 0;
}

int resolve_blocks(struct resolve *resolve, const struct evgnl_disk *disk,
		   struct evgnl_range *want, size_t wants)
{
	struct look look = { .want = want, .online = disk->state == EVG_LINK_ONLINE };
	int64_t until = now_ms() + (look.online ? ONLINE_MS : OFFLINE_MS);
	struct mount_point *mounts;
	int count, err;

	memset(resolve, 0, sizeof(*resolve));
	mounts = calloc(MOUNTPOINTS_MAX, sizeof(*mounts));
	if (!mounts)
		return -ENOMEM;
	count = mountpoints_of_disk(disk->index, mounts);
	err = count < 0 ? count : note_mounts(resolve, mounts, count);
	look.wants = resolve_merge(want, wants);
	if (!err && count && wants)
		err = look_in_child(resolve, &look, mounts, count, until);
	free(mounts);
	settle(resolve);
	return err;
}

void resolve_free(struct resolve *resolve)
{
	size_t i;

	for (i = 0; i < resolve->spans; i++)
		free(resolve->span[i].path);
	for (i = 0; i < resolve->mounts; i++)
		free(resolve->mount[i].path);
	free(resolve->span);
	free(resolve->mount);
	memset(resolve, 0, sizeof(*resolve));
}

static uint64_t overlap(const struct resolve_span *span, uint64_t start)
{
	uint64_t end = start + EVG_BLOCK_SIZE, to = span->start + span->bytes;
	uint64_t from = span->start > start ? span->start : start;

	if (to > end)
		to = end;
	return to > from ? to - from : 0;
}

bool resolve_has_part(const struct resolve_span *span, uint64_t block)
{
	return overlap(span, block * EVG_BLOCK_SIZE);
}

static const struct resolve_span *find_mount(const struct resolve *resolve,
					     uint64_t start)
{
	static const struct resolve_span none = { .kind = RESOLVE_UNMOUNTED,
						  .path = "" };
	size_t i;

	for (i = 0; i < resolve->mounts; i++)
		if (overlap(&resolve->mount[i], start))
			return &resolve->mount[i];
	return &none;
}

const struct resolve_span *resolve_block(const struct resolve *resolve,
					 uint64_t block)
{
	uint64_t start = block * EVG_BLOCK_SIZE;
	const struct resolve_span *best = NULL;
	size_t low = 0, high = resolve->spans, middle;

	/* The first that ends behind the block's start. */
	while (low < high) {
		middle = (low + high) / 2;
		if (resolve->span[middle].start + resolve->span[middle].bytes <= start)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < resolve->spans && overlap(&resolve->span[low], start); low++)
		if (!best || overlap(&resolve->span[low], start) >
		    overlap(best, start))
			best = &resolve->span[low];
	return best ? best : find_mount(resolve, start);
}

const char *resolve_kind_name(enum resolve_kind kind)
{
	switch (kind) {
	case RESOLVE_FILE:
		return "file";
	case RESOLVE_DIRECTORY:
		return "directory";
	case RESOLVE_METADATA:
		return "metadata";
	case RESOLVE_UNMOUNTED:
		return "unmounted";
	case RESOLVE_UNKNOWN:
		break;
	}
	return "unknown";
}

const char *resolve_text(const struct resolve_span *span,
			 char text[RESOLVE_TEXT])
{
	char path[PATH_MAX];

	plain_text(path, sizeof(path), span->path ? span->path : "");
	switch (span->kind) {
	case RESOLVE_FILE:
		if (span->others)
			snprintf(text, RESOLVE_TEXT, "%s and %u others packed with it",
				 path, span->others);
		else
			snprintf(text, RESOLVE_TEXT, "%s", path);
		break;
	case RESOLVE_DIRECTORY:
		snprintf(text, RESOLVE_TEXT, "%s (directory)", path);
		break;
	case RESOLVE_METADATA:
		snprintf(text, RESOLVE_TEXT, "file system metadata of %s", path);
		break;
	case RESOLVE_UNKNOWN:
		snprintf(text, RESOLVE_TEXT, "something in %s that cannot be looked up now",
			 path);
		break;
	case RESOLVE_UNMOUNTED:
		snprintf(text, RESOLVE_TEXT, "no mounted file system");
		break;
	}
	return text;
}
