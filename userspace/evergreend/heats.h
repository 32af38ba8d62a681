/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heat over restarts.  The kernel counts reads while the disk is there; the
 * helper tells it what was kept of the session before, collects what it has
 * every COLLECT seconds, and writes that to home/heat every WRITE seconds, where
 * it changed, and at its end.
 *
 * What is old counts for less: everything counts half after a restart, and after
 * each hour (and sometimes for want of room, see age() in keep.c).  A region that
 * is read no more is as cold as one read once after as many hours as its count
 * has bits: half a day for a thousand reads.  Shorter, and a pause at noon would
 * undo the morning; longer, and last week's work would keep out today's.
 */
#ifndef EVG_HEATS_H
#define EVG_HEATS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "heatfile.h"

struct daemon;
struct evgnl;

struct heats {
	uv_timer_t tick;
	uv_work_t work;
	struct evgnl *nl;		/* the work's own */
	struct heatfile kept;		/* of the session before, being told */
	size_t told;			/* pages of it */
	uint32_t generation;		/* that they were told */
	struct heatfile now;		/* collected last; the work's while busy */
	uint32_t written;		/* the crc of what the file has */
	uint64_t cool_ns;		/* when all counts half next */
	uint64_t collect_ns;
	uint64_t write_ns;
	bool busy;
	bool write;			/* the work is to write, too */
};

/* Before privileges go. */
void heats_open(struct daemon *d);
void heats_start(struct daemon *d);

/* The last thing to do. */
void heats_end(struct daemon *d);

#endif
