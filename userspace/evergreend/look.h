/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the kernel tells whoever only looks, on a socket of its own: the
 * helper's socket waits for no answers.
 */
#ifndef EVG_LOOK_H
#define EVG_LOOK_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct daemon;
struct evgnl;

struct look {
	struct evgnl *nl;		/* NULL: nothing can be seen */
	uv_timer_t again;
	bool refused;			/* and said so */
};

void look_open(struct daemon *d);
void look_start(struct daemon *d);

/* The disk's settings may have changed. */
void look_at_settings(struct daemon *d);

/* Learn the page of the map that holds this block.  False: it is not known now;
 * prefetch_go_on() is called when it is time to ask again.
 */
bool look_learn(struct daemon *d, uint64_t block);

#endif
