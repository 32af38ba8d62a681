/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the processes of a storm share: a page of memory in which each writes what
 * it is about to do, so that who looks after a failure sees what was under way;
 * the rules; and chance, from one seed.
 *
 * The disks, and what a read of each may end with.  Whatever it ends with, its
 * bytes are the image's.
 *
 *   calm     waits for ever, is served by a helper that always answers, and is
 *	      removed only when the module goes: its reads never fail, but for
 *	      ENOLINK when the machine was told to sleep meanwhile
 *   patient  waits for some seconds, is never removed while it is open, and its
 *	      server has no other image and no errors: its reads fail only when an
 *	      outage was longer than the shortest grace that it ever had, and not
 *	      before, or when the machine was told to sleep
 *   wild     two disks, one of them with its cache on a block device: anything may
 *	      be done to them; a read may fail as an outage, a time-out, an error of
 *	      the server or a removal makes it fail
 *
 * No read waits longer than detect and the longest grace, no message is answered
 * later than LIMIT_MS, and no DONE that was promised stays away; likewise sync, and
 * a round trip to another family.  What a stranger may not do is refused.
 */
#ifndef EVG_DEBUG_STORM_H
#define EVG_DEBUG_STORM_H

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

#include <linux/evergreen.h>

#define __printf(a, b)	__attribute__((format(printf, a, b)))

enum {
	DISKS = 4,		/* evgN has cache N % DISKS, of image N % DISKS + 1 */
	INDEXES = 2 * DISKS,
	SLOTS = 32,
	LAST = 4,		/* deeds of a process that are remembered */
	LIMIT_MS = 10000,	/* for an answer, on the storm's clock */
	STEP_MS = 200,		/* the storm's clock goes on by no more at once */
	EXCUSE_MS = 500,	/* before and after a sleep */
};

enum disk_name { CALM, PATIENT, WILD, DEVICE };

struct rules {
	const char *name;
	uint64_t blocks;
	uint32_t detect_ms;
	uint32_t grace_ms[3];	/* chosen from; the last is the longest */
};

static const struct rules rules[DISKS] = {
	[CALM]	  = { "calm", 512, 60000,
		      { EVG_GRACE_INF, EVG_GRACE_INF, EVG_GRACE_INF } },
	/* Its map has two pages. */
	[PATIENT] = { "patient", 16640, 2000, { 3000, 4000, 5000 } },
	[WILD]	  = { "wild", 512, 1000, { 0, 300, 2000 } },
	/* What waits for one of its reads waits for long. */
	[DEVICE]  = { "device", 1024, 1000, { 0, 300, 60000 } },
};

struct deed {
	uint64_t at_ms;
	int result;		/* -1: it is under way */
	char what[88];
};

struct slot {
	pid_t pid;
	char role[20];
	unsigned long deeds;
	unsigned long refused;
	uint64_t bytes;
	uint64_t begun_ms;	/* on the storm's clock; 0: nothing is under way */
	uint64_t limit_ms;
	uint64_t longest_ms;
	struct deed last[LAST];
};

struct storm {
	uint64_t seed;
	unsigned int slow;
	uint64_t clock_ms;	/* goes on only while processes run */
	bool over;		/* readers end, and everybody */
	bool quiet;		/* nothing is added: the module is to go */
	bool away;		/* readers close their disks */
	int readers;		/* that have one open */
	bool failed;
	char why[256];
	uint64_t slept_ns;	/* when the machine woke up last */
	bool asleep;
	uint64_t up_ns[DISKS];	/* a link known to have been up then, or after */
	unsigned long reloads;
	unsigned long sleeps;
	unsigned long errors[DISKS];
	unsigned long adds;
	unsigned long removals;
	unsigned long evictions;
	pthread_mutex_t cache_lock[DISKS];
	struct slot slot[SLOTS];
};

static struct storm *storm;
static struct slot *me;
static uint64_t chance_state;

static uint64_t now_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_BOOTTIME, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

/* splitmix64 */
static uint64_t chance(uint64_t limit)
{
	uint64_t z = chance_state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return (z ^ (z >> 31)) % limit;
}

static bool percent(unsigned int n)
{
	return chance(100) < n;
}

static void nap(unsigned int up_to_us)
{
	usleep(chance(up_to_us) + 1);
}

/* The first failure is told; the supervisor ends the storm. */
static void __printf(1, 2) storm_fail(const char *format, ...)
{
	char why[sizeof(storm->why)];
	va_list args;

	va_start(args, format);
	vsnprintf(why, sizeof(why), format, args);
	va_end(args);
	if (__atomic_exchange_n(&storm->failed, true, __ATOMIC_SEQ_CST))
		return;
	snprintf(storm->why, sizeof(storm->why), "%s: %.200s", me ? me->role : "storm",
		 why);
}

/* What this process does next, and how long that may take; 0: any time. */
static void __printf(2, 3) begin_deed(uint64_t limit_ms, const char *format, ...)
{
	struct deed *d = &me->last[me->deeds % LAST];
	va_list args;

	va_start(args, format);
	vsnprintf(d->what, sizeof(d->what), format, args);
	va_end(args);
	d->at_ms = storm->clock_ms;
	d->result = -1;
	me->limit_ms = limit_ms * storm->slow;
	__atomic_store_n(&me->begun_ms, storm->clock_ms, __ATOMIC_RELEASE);
}

static void end_deed(int result)
{
	uint64_t took = storm->clock_ms - me->begun_ms;

	if (me->limit_ms && took > me->longest_ms)
		me->longest_ms = took;
	me->last[me->deeds % LAST].result = result;
	me->refused += result != 0;
	__atomic_store_n(&me->begun_ms, 0, __ATOMIC_RELEASE);
	me->deeds++;
}

/* Bytes are written, claimed and punched by one helper of a cache at a time. */
static void lock_cache(unsigned int cache)
{
	if (pthread_mutex_lock(&storm->cache_lock[cache]) == EOWNERDEAD)
		pthread_mutex_consistent(&storm->cache_lock[cache]);
}

static void unlock_cache(unsigned int cache)
{
	pthread_mutex_unlock(&storm->cache_lock[cache]);
}

/* How long the longest wait may be that a disk's policy allows. */
static uint64_t patience_ms(unsigned int cache)
{
	const struct rules *r = &rules[cache];

	return cache == CALM ? r->detect_ms : r->detect_ms + r->grace_ms[2] + LIMIT_MS;
}

static uint32_t any_grace(unsigned int cache)
{
	uint32_t ms = rules[cache].grace_ms[chance(3)];

	return ms == EVG_GRACE_INF ? ms : ms * storm->slow;
}

/* Where things happen: at the beginning, and where two pages of the map meet. */
static uint64_t any_block(unsigned int cache)
{
	uint64_t blocks = rules[cache].blocks;

	if (blocks > 16256 && percent(50))
		return 16256 - 128 + chance(256);
	return chance(blocks > 512 ? 512 : blocks);
}

#endif
