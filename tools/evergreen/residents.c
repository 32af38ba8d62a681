// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* nftw, syscall */
#include "residents.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "blocks.h"
#include "evergreen.h"
#include "mountpoints.h"

enum {
	WINDOW_BYTES	= 64 << 20,	/* looked at with one mincore() */
	DESCRIPTORS	= 32,		/* that a walk may hold open */
};

typedef int (*resident_fn)(uint64_t offset, uint64_t bytes, void *arg);

static int each_run(const unsigned char *in_core, size_t pages, uint64_t offset,
		    uint64_t page, resident_fn each, void *arg)
{
	size_t i, start = 0;
	int status = EXIT_OK;

	for (i = 0; i <= pages && !status; i++) {
		if (i < pages && in_core[i] & 1)
			continue;
		if (i > start)
			status = each(offset + start * page, (i - start) * page, arg);
		start = i + 1;
	}
	return status;
}

#ifndef __NR_cachestat
#define __NR_cachestat 451
#endif

/* Linux 6.5 can tell for much at once that nothing is there; before, or when
 * something is, mincore() has to be asked.
 */
static bool is_all_out(int fd)
{
	struct { uint64_t offset, bytes; } range = { 0, 0 };
	struct { uint64_t cached, more[4]; } stat;

	return !syscall(__NR_cachestat, fd, &range, &stat, 0) && !stat.cached;
}

/* The runs of a file's bytes that are in the page cache. */
static int each_resident(int fd, const char *what, uint64_t bytes,
			 resident_fn each, void *arg)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE), offset, n;
	unsigned char *in_core = malloc(WINDOW_BYTES / page);
	int status = EXIT_OK;
	void *at;

	if (!in_core)
		return say_failure("out of memory");
	if (is_all_out(fd))
		bytes = 0;
	for (offset = 0; offset < bytes && !status; offset += WINDOW_BYTES) {
		n = bytes - offset < WINDOW_BYTES ? bytes - offset : WINDOW_BYTES;
		at = mmap(NULL, n, PROT_READ, MAP_SHARED, fd, (off_t)offset);
		if (at == MAP_FAILED || mincore(at, n, in_core))
			status = say_failure("%s: what of it is in memory cannot be told: %s",
					     what, strerror(errno));
		else
			status = each_run(in_core, (n + page - 1) / page, offset,
					  page, each, arg);
		if (at != MAP_FAILED)
			munmap(at, n);
	}
	free(in_core);
	return status;
}

struct buffers {
	const struct volume *volume;
	struct function *f;
};

static int add_buffers(uint64_t offset, uint64_t bytes, void *arg)
{
	const struct buffers *b = arg;

	if (function_add_bytes(b->f, b->volume->start + offset, bytes))
		return say_failure("%s", function_error());
	return EXIT_OK;
}

int residents_add_buffers(const struct place *place, struct function *f)
{
	struct buffers b = { .f = f };
	int status = EXIT_OK, fd;
	size_t i;

	for (i = 0; i < place->volumes && !status; i++) {
		b.volume = &place->volume[i];
		fd = open(b.volume->node, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return say_failure("%s: %s", b.volume->node,
					   strerror(errno));
		status = each_resident(fd, b.volume->node, b.volume->bytes,
				       add_buffers, &b);
		close(fd);
	}
	return status;
}

/* A file that some process has mapped. */
struct mapped {
	dev_t dev;
	ino_t ino;
};

struct mapping {
	unsigned long long from, to;	/* addresses */
	dev_t dev;
	ino_t ino;
	const char *name;
};

struct search {
	struct blocks blocks;
	struct mapped *seen;
	size_t seens;
	int fd;				/* of the file being looked at */
	const char *what;
};

static int add_pages(uint64_t offset, uint64_t bytes, void *arg)
{
	struct search *s = arg;

	return blocks_add(&s->blocks, s->fd, s->what, offset, bytes);
}

/* Is it new?  1, 0, or -1 after a message. */
static int remember(struct search *s, dev_t dev, ino_t ino)
{
	struct mapped *grown;
	size_t i;

	for (i = 0; i < s->seens; i++)
		if (s->seen[i].dev == dev && s->seen[i].ino == ino)
			return 0;
	grown = realloc(s->seen, (s->seens + 1) * sizeof(*grown));
	if (!grown) {
		say_failure("out of memory");
		return -1;
	}
	s->seen = grown;
	s->seen[s->seens].dev = dev;
	s->seen[s->seens++].ino = ino;
	return 1;
}

/* PATH is in /proc/PID/map_files, which leads to a file in any namespace, and
 * to one that was removed.
 */
static int add_file(struct search *s, const char *path, const char *what)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC), status = EXIT_OK;
	struct stat st;

	if (fd < 0)
		return EXIT_OK;		/* the process has ended */
	if (!fstat(fd, &st) && S_ISREG(st.st_mode)) {
		s->fd = fd;
		s->what = what;
		status = each_resident(fd, what, (uint64_t)st.st_size,
				       add_pages, s);
	}
	close(fd);
	return status;
}

/* "7f01a000-7f01b000 r-xp 00001000 fd:03 4711    /lib/libc.so.6" */
static bool parse_mapping(const char *line, struct mapping *m)
{
	unsigned long major, minor;
	char *at;

	m->from = strtoull(line, &at, 16);
	if (*at != '-')
		return false;
	m->to = strtoull(at + 1, &at, 16);
	at += strspn(at, " ");
	at += strcspn(at, " ");		/* what may be done with it */
	strtoull(at, &at, 16);		/* where in the file */
	major = strtoul(at, &at, 16);
	if (*at != ':')
		return false;
	minor = strtoul(at + 1, &at, 16);
	m->ino = (ino_t)strtoull(at, &at, 10);
	m->dev = makedev(major, minor);
	m->name = at + strspn(at, " ");
	return m->ino;
}

static int add_mapping(struct search *s, const char *pid, const char *line)
{
	struct mapping m;
	char path[128];
	int fresh;

	if (!parse_mapping(line, &m) || !place_volume(s->blocks.place, m.dev))
		return EXIT_OK;
	fresh = remember(s, m.dev, m.ino);
	if (fresh <= 0)
		return fresh ? EXIT_FAILED : EXIT_OK;
	snprintf(path, sizeof(path), "/proc/%.20s/map_files/%llx-%llx", pid,
		 m.from, m.to);
	return add_file(s, path, m.name);
}

static int add_process(struct search *s, const char *pid)
{
	char path[64], *line = NULL;
	int status = EXIT_OK;
	size_t room = 0;
	FILE *in;

	snprintf(path, sizeof(path), "/proc/%.20s/maps", pid);
	in = fopen(path, "re");
	if (!in)
		return EXIT_OK;
	while (!status && getline(&line, &room, in) > 0) {
		line[strcspn(line, "\n")] = '\0';
		status = add_mapping(s, pid, line);
	}
	free(line);
	fclose(in);
	return status;
}

int residents_add(struct recording *r)
{
	struct search s = { .blocks = { .place = r->place, .f = r->f } };
	struct dirent *entry;
	int status = EXIT_OK;
	DIR *proc;

	proc = opendir("/proc");
	if (!proc)
		return say_failure("/proc: %s", strerror(errno));
	while (!status && (entry = readdir(proc)))
		if (isdigit((unsigned char)entry->d_name[0]))
			status = add_process(&s, entry->d_name);
	closedir(proc);
	if (!status)
		status = blocks_read_rest(&s.blocks, r);
	blocks_free(&s.blocks);
	free(s.seen);
	return status ? status : residents_add_buffers(r->place, r->f);
}

static struct search *walking;		/* nftw() takes no argument */

static int add_touched(const char *path, const struct stat *st, int type,
		       struct FTW *at)
{
	(void)at;
	if (type != FTW_F || !S_ISREG(st->st_mode) ||
	    !place_volume(walking->blocks.place, st->st_dev))
		return EXIT_OK;
	return add_file(walking, path, path);
}

int residents_add_touched(struct recording *r)
{
	struct search s = { .blocks = { .place = r->place, .f = r->f } };
	struct mount_point *mount;
	int count, i, status = EXIT_OK;

	mount = calloc(MOUNTPOINTS_MAX, sizeof(*mount));
	if (!mount)
		return say_failure("out of memory");
	walking = &s;
	/* What the walk itself reads is not the function's. */
	trace_stop(&r->trace);
	count = mountpoints_of_disk(r->place->disk.index, mount);
	for (i = 0; i < count && !status; i++)
		if (!strcmp(mount[i].type, "squashfs"))
			status = nftw(mount[i].path, add_touched, DESCRIPTORS,
				      FTW_PHYS | FTW_MOUNT);
	free(mount);
	if (status < 0)
		status = say_failure("squashfs: %s", strerror(errno));
	if (!status)
		status = trace_continue(&r->trace);
	if (!status)
		status = blocks_read_rest(&s.blocks, r);
	blocks_free(&s.blocks);
	return status;
}
