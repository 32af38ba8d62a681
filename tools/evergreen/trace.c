// SPDX-License-Identifier: GPL-2.0
#include "trace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "evergreen.h"

#define EVENT "events/evergreen/evg_read"

enum { OP_MASK = 0xff, OP_READ = 0 };	/* of bi_opf */

static const char *tracefs(void)
{
	static const char * const dirs[] = {
		"/sys/kernel/tracing", "/sys/kernel/debug/tracing",
	};
	char path[64];
	size_t i;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(path, sizeof(path), "%s/instances", dirs[i]);
		if (!access(path, X_OK))
			return dirs[i];
	}
	return NULL;
}

static int find_dir(struct trace *trace, uint32_t index, const char *name)
{
	const char *root = tracefs();

	trace->index = index;
	trace->pipe_fd = -1;
	trace->used = 0;
	trace->dir[0] = '\0';
	if (!root)
		return say_failure("nothing is at /sys/kernel/tracing; mount a tracefs there");
	snprintf(trace->dir, sizeof(trace->dir),
		 "%s/instances/evergreen-evg%u-%s", root, index, name);
	return EXIT_OK;
}

static int put(const struct trace *trace, const char *file, const char *text)
{
	char path[PATH_MAX];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", trace->dir, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? say_failure("%s: %s", path, strerror(err)) : EXIT_OK;
}

static int open_pipe(struct trace *trace)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/trace_pipe", trace->dir);
	trace->pipe_fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (trace->pipe_fd < 0)
		return say_failure("%s: %s", path, strerror(errno));
	return EXIT_OK;
}

static int set_up(struct trace *trace, uint32_t buffer_kib)
{
	char text[64];
	int status;

	snprintf(text, sizeof(text), "%u", buffer_kib);
	status = put(trace, "tracing_on", "0");
	if (!status)
		status = put(trace, "buffer_size_kb", text);
	/* Only the event's own fields: a process's name may look like anything. */
	if (!status)
		status = put(trace, "options/context-info", "0");
	snprintf(text, sizeof(text), "index == %u", trace->index);
	if (!status)
		status = put(trace, EVENT "/filter", text);
	if (!status)
		status = put(trace, EVENT "/enable", "1");
	if (!status)
		status = put(trace, "tracing_on", "1");
	return status;
}

int trace_begin(struct trace *trace, uint32_t index, const char *name,
		uint32_t buffer_kib)
{
	int status = find_dir(trace, index, name);

	if (status)
		return status;
	if (mkdir(trace->dir, 0700)) {
		if (errno == EEXIST)
			status = say_failure("'%s' is being recorded; --stop ends that",
					     name);
		else
			status = say_failure("%s: %s", trace->dir, strerror(errno));
		trace->dir[0] = '\0';
		return status;
	}
	status = set_up(trace, buffer_kib);
	if (!status)
		status = open_pipe(trace);
	if (status)
		trace_remove(trace);
	return status;
}

int trace_resume(struct trace *trace, uint32_t index, const char *name)
{
	int status = find_dir(trace, index, name);

	if (status)
		return status;
	if (!access(trace->dir, F_OK))
		return open_pipe(trace);
	return say_failure("'%s' is not being recorded; --start begins it", name);
}

static bool take_number(const char **at, const char *key, int base,
			unsigned long long *number)
{
	const char *from = *at + strlen(key);
	char *end;

	if (strncmp(*at, key, strlen(key)))
		return false;
	*number = strtoull(from, &end, base);
	*at = end;
	return end != from;
}

/* "evg_read: evg0 sector=2048 bytes=4096 opf=0x80700" */
static int take_line(const struct trace *trace, const char *line,
		     trace_read_fn each, void *arg)
{
	unsigned long long index, sector, bytes, opf;

	if (!take_number(&line, "evg_read: evg", 10, &index) ||
	    !take_number(&line, " sector=", 10, &sector) ||
	    !take_number(&line, " bytes=", 10, &bytes) ||
	    !take_number(&line, " opf=", 16, &opf))
		return 0;
	if (index != trace->index || (opf & OP_MASK) != OP_READ || !bytes)
		return 0;
	return each(sector, (uint32_t)bytes, arg);
}

static int take_lines(struct trace *trace, trace_read_fn each, void *arg)
{
	char *line = trace->text, *end;
	int ret = 0;

	trace->text[trace->used] = '\0';
	while ((end = strchr(line, '\n'))) {
		*end = '\0';
		if (!ret)
			ret = take_line(trace, line, each, arg);
		line = end + 1;
	}
	trace->used -= (size_t)(line - trace->text);
	memmove(trace->text, line, trace->used);
	return ret;
}

int trace_drain(struct trace *trace, trace_read_fn each, void *arg)
{
	ssize_t n;

	for (;;) {
		/* No line is that long. */
		if (trace->used + 1 == sizeof(trace->text))
			trace->used = 0;
		n = read(trace->pipe_fd, trace->text + trace->used,
			 sizeof(trace->text) - 1 - trace->used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			return say_failure("%s/trace_pipe: %s", trace->dir,
					   strerror(errno));
		if (n <= 0)
			return EXIT_OK;
		trace->used += (size_t)n;
		if (take_lines(trace, each, arg))
			return EXIT_FAILED;
	}
}

void trace_stop(struct trace *trace)
{
	put(trace, "tracing_on", "0");
}

int trace_continue(struct trace *trace)
{
	return put(trace, "tracing_on", "1");
}

static int lost_of_cpu(const struct trace *trace, long cpu, uint64_t *lost)
{
	static const char * const keys[] = {
		"overrun: ", "commit overrun: ", "dropped events: ",
	};
	char path[PATH_MAX], line[100];
	size_t i;
	FILE *in;

	snprintf(path, sizeof(path), "%s/per_cpu/cpu%ld/stats", trace->dir, cpu);
	in = fopen(path, "re");
	if (!in)
		return errno == ENOENT ? EXIT_OK :
		       say_failure("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), in))
		for (i = 0; i < sizeof(keys) / sizeof(*keys); i++)
			if (!strncmp(line, keys[i], strlen(keys[i])))
				*lost += strtoull(line + strlen(keys[i]), NULL, 10);
	fclose(in);
	return EXIT_OK;
}

int trace_lost(const struct trace *trace, uint64_t *lost)
{
	long cpu, cpus = sysconf(_SC_NPROCESSORS_CONF);
	int status = EXIT_OK;

	*lost = 0;
	for (cpu = 0; cpu < cpus && !status; cpu++)
		status = lost_of_cpu(trace, cpu, lost);
	return status;
}

void trace_leave(struct trace *trace)
{
	if (trace->pipe_fd >= 0)
		close(trace->pipe_fd);
	trace->pipe_fd = -1;
}

void trace_remove(struct trace *trace)
{
	trace_leave(trace);
	if (!trace->dir[0])
		return;
	put(trace, EVENT "/enable", "0");
	if (rmdir(trace->dir))
		say_note("%s cannot be removed: %s", trace->dir, strerror(errno));
	trace->dir[0] = '\0';
}
