/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Have the Nth fault point that a task passes fail, by /proc/TID/fail-nth: of
 * the calling thread and of each worker of the kernel.
 */
#ifndef EVG_DEBUG_FAILNTH_H
#define EVG_DEBUG_FAILNTH_H

#include <dirent.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WORKERS = 512 };

static int worker[WORKERS];
static unsigned int workers;
static unsigned long left_before;

static int write_nth(const char *task, unsigned int n)
{
	char path[64], text[16];
	int fd, len = snprintf(text, sizeof(text), "%u", n);

	snprintf(path, sizeof(path), "/proc/%s/fail-nth", task);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, text, len) != len)
		len = -1;
	if (fd >= 0)
		close(fd);
	return len;
}

/* How many faults there may be still: the kinds count them down. */
static unsigned long faults_left(void)
{
	static const char *const kinds[] = {
		"failslab", "fail_page_alloc", "fail_make_request", NULL
	};
	unsigned long n, sum = 0;
	char path[64];
	FILE *file;
	int i;

	for (i = 0; kinds[i]; i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/times", kinds[i]);
		file = fopen(path, "r");
		if (!file || fscanf(file, "%lu", &n) != 1)
			abort();
		sum += n;
		fclose(file);
	}
	return sum;
}

static bool is_worker(const char *pid)
{
	char path[300], comm[16] = "";
	int fd;

	if (pid[0] < '1' || pid[0] > '9')
		return false;
	snprintf(path, sizeof(path), "/proc/%s/comm", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, comm, sizeof(comm) - 1) < 0)
		comm[0] = '\0';
	close(fd);
	return !strncmp(comm, "kworker/", 8);
}

/* The Nth fault of this task. */
static inline void arm_self(unsigned int n)
{
	left_before = faults_left();
	if (write_nth("thread-self", n) < 0)
		abort();
}

/* And of each kernel worker. */
static inline void arm(unsigned int n)
{
	struct dirent *entry;
	char task[16];
	DIR *proc;

	proc = opendir("/proc");
	workers = 0;
	while ((entry = readdir(proc)) && workers < WORKERS)
		if (is_worker(entry->d_name))
			worker[workers++] = atoi(entry->d_name);
	closedir(proc);
	for (unsigned int i = 0; i < workers; i++) {
		snprintf(task, sizeof(task), "%d", worker[i]);
		write_nth(task, n);
	}
	arm_self(n);
}

/* How many there were. */
static unsigned int disarm(void)
{
	char task[16];

	write_nth("thread-self", 0);
	for (unsigned int i = 0; i < workers; i++) {
		snprintf(task, sizeof(task), "%d", worker[i]);
		write_nth(task, 0);
	}
	return left_before - faults_left();
}

#endif
