/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions as they are on disk, read in the loop's pool: there may be much
 * of them, and nobody should wait meanwhile.
 */
#ifndef EVG_RELOAD_H
#define EVG_RELOAD_H

#include <stdbool.h>
#include <stddef.h>
#include <uv.h>

struct daemon;
struct function;

struct reload {
	uv_work_t work;
	bool runs;
	bool again;			/* asked for while it runs */
	/* of the work: */
	struct function *all;
	size_t n;
	int error;
	char why[256];
};

/* control_reloaded() and prefetch follow when it is done. */
void reload_start(struct daemon *d);

#endif
