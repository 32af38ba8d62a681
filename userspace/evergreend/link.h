/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The link to the server: made, watched, lost and made again.
 *
 *   DOWN -> PROVING   an attempt reached the server: report PROBED
 *   PROVING -> UP     it has the cache's image: report PROVED
 *   PROVING -> STALE  it has another: report STALE; wait for a person's reset
 *   any -> STALE      a probe's block is not what is cached
 *   UP -> PROVING     the kernel called an outage by itself, or bound us again
 *   any -> DOWN       the attempt failed, or no connection is left: report LOST
 *
 * No byte is written to the cache that came from a connection not proved.
 */
#ifndef EVG_LINK_H
#define EVG_LINK_H

#include "daemon.h"

struct conn;

void link_start(struct daemon *d);

/* The kernel has spoken; IS_NEW: of a new generation. */
void link_state_said(struct daemon *d, bool is_new);

/* A person has set DETECT_MS. */
void link_set_detect(struct daemon *d, uint32_t detect_ms);

/* A byte came. */
void link_progress(struct daemon *d);

/* A block of the server's is not what the cache has of it. */
void link_found_stale(struct daemon *d, const char *why);

/* Closes it; C is gone then. */
void link_conn_broke(struct conn *c, const char *why);

/* One more connection would be of use. */
void link_want_more(struct daemon *d);

#endif
