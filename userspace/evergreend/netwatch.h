/* SPDX-License-Identifier: GPL-2.0 */
/* What the kernel says of interfaces, addresses and routes. */
#ifndef EVG_NETWATCH_H
#define EVG_NETWATCH_H

#include <stdbool.h>
#include <uv.h>

struct netwatch {
	uv_poll_t poll;
	int fd;
	void *arg;			/* of who is told */
	/* Something may be reachable now that was not. */
	void (*changed)(struct netwatch *w);
	/* This interface lost its carrier, or was shut or removed. */
	void (*carrier_lost)(struct netwatch *w, int interface);
};

/* Without rtnetlink there are no hints, and everything else works. */
void netwatch_start(struct netwatch *w, uv_loop_t *loop);

/* The interface that a connected socket goes out by; 0: none, or unknown. */
int netwatch_interface(int fd);

#endif
