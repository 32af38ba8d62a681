// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "punch.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	BLOCK		= EVG_BLOCK_SIZE,
	TRIES		= 500,
	TRIES_KINDLY	= 100,		/* of these */
	TRY_NS		= 10000000,
	PAUSE_MAX_NS	= 20000000,
};

static void pause_ns(uint64_t ns)
{
	const struct timespec t = { .tv_nsec = (long)ns };

	nanosleep(&t, NULL);
}

/* A lock of this kind is the process's: it goes when the process is gone with
 * all of its threads, and tells whose it is.
 */
int punch_claim(const struct cache *c, char *why, size_t why_bytes)
{
	struct flock lock, other;
	int try;

	for (try = 0; try < TRIES; try++) {
		memset(&lock, 0, sizeof(lock));
		lock.l_type = F_WRLCK;
		if (!fcntl(c->clean_fd, F_SETLK, &lock))
			return 0;
		if (errno != EAGAIN && errno != EACCES && errno != EINTR) {
			snprintf(why, why_bytes, "%.180s: cannot lock it: %s",
				 c->path, strerror(errno));
			return -ENOLCK;
		}
		other = lock;
		if (try >= TRIES_KINDLY &&
		    !fcntl(c->clean_fd, F_GETLK, &other) &&
		    other.l_type != F_UNLCK && other.l_pid > 0)
			kill(other.l_pid, SIGKILL);
		pause_ns(TRY_NS);
	}
	snprintf(why, why_bytes,
		 "process %d had this disk and does not end; end it and try again",
		 other.l_pid);
	return -EBUSY;
}

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000000000ULL + (uint64_t)t.tv_nsec;
}

/* Half of the time is the hits'. */
int punch(const struct cache *c, const struct evgnl_range *range, size_t n)
{
	uint64_t begun, took;
	int error = 0;

	for (; n; n--, range++) {
		begun = now_ns();
		if (fallocate(c->clean_fd,
			      FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			      (off_t)(range->first * BLOCK),
			      (off_t)range->count * BLOCK))
			error = -errno;
		took = now_ns() - begun;
		pause_ns(took < PAUSE_MAX_NS ? took : PAUSE_MAX_NS);
	}
	return error;
}
