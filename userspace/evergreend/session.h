/* SPDX-License-Identifier: GPL-2.0 */
/* The talk with the kernel, once this is the disk's helper. */
#ifndef EVG_SESSION_H
#define EVG_SESSION_H

#include "daemon.h"

/* BIND.  0, or a negative errno and one line in WHY. */
int session_open(struct daemon *d, char *why, size_t why_bytes);

/* From here on messages are heard. */
void session_start(struct daemon *d);

/* Gathered, and sent before the loop sleeps. */
void session_filled(struct daemon *d, uint64_t first, uint32_t count);
void session_flush(struct daemon *d);

void session_inline(struct daemon *d, uint64_t cookie, const void *data,
		    size_t bytes);
void session_fail(struct daemon *d, uint64_t cookie, int error);
void session_report(struct daemon *d, enum evg_report report,
		    const char *proof);

#endif
