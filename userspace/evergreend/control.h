/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The control socket, /run/evergreen/evgN.sock: a line in, a line of JSON out,
 * again and again.  Root only, by its mode.  What a client does or does not do
 * delays nobody but itself.
 */
#ifndef EVG_CONTROL_H
#define EVG_CONTROL_H

#include <sys/types.h>
#include <uv.h>

struct client;
struct daemon;

struct control {
	uv_pipe_t pipe;
	int fd;				/* until the loop has it; -1: none */
	ino_t inode;			/* the socket file that is ours */
	struct client *clients;
	uint32_t n;
};

/* Before privileges go.  Without it the disk works all the same. */
void control_open(struct daemon *d);
void control_start(struct daemon *d);

/* The file goes, unless it is another helper's by now. */
void control_close(struct daemon *d);

/* Functions were loaded: whoever waited for that gets the answer. */
void control_reloaded(struct daemon *d, const char *error);

#endif
