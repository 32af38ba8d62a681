/* SPDX-License-Identifier: GPL-2.0 */
/* The reads of one disk as the module sees them, in their order, by a tracefs
 * instance of our own, so that nobody else's tracing is disturbed.
 */
#ifndef EVERGREEN_TRACE_H
#define EVERGREEN_TRACE_H

#include <stddef.h>
#include <stdint.h>

enum { TRACE_BUFFER_KIB = 8192 };	/* for each CPU, unless said otherwise */

struct trace {
	uint32_t index;
	char dir[200];			/* empty: there is none */
	int pipe_fd;
	char text[65536];		/* lines that are not complete yet */
	size_t used;
};

typedef int (*trace_read_fn)(uint64_t sector, uint32_t bytes, void *arg);

/* Begin, or go on with what another process began.  NAME tells instances of one
 * disk from each other.  These return EXIT_OK, or EXIT_FAILED after a message.
 */
int trace_begin(struct trace *trace, uint32_t index, const char *name,
		uint32_t buffer_kib);
int trace_resume(struct trace *trace, uint32_t index, const char *name);

/* What was read since the last call; stops at the first that EACH refuses. */
int trace_drain(struct trace *trace, trace_read_fn each, void *arg);

/* No more of it; then drain, and ask whether events were lost.  Or go on. */
void trace_stop(struct trace *trace);
int trace_continue(struct trace *trace);
int trace_lost(const struct trace *trace, uint64_t *lost);

/* Leave it to another process, or remove it. */
void trace_leave(struct trace *trace);
void trace_remove(struct trace *trace);

#endif
