/* SPDX-License-Identifier: GPL-2.0 */
/* Making a function of what is read from a disk while something runs. */
#ifndef EVERGREEN_RECORDING_H
#define EVERGREEN_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

#include "function.h"
#include "place.h"
#include "trace.h"

struct recording {
	const struct place *place;
	struct trace trace;
	struct function *f;		/* the caller's */
	void (*progress)(void);		/* called some times a second, or NULL */
};

/* How a process ended that was waited for. */
struct ending {
	int status;			/* as wait(2) has it; 0 of another's child */
	int error;			/* errno of what kept it from starting */
	int signal;			/* that told us to end, or 0 */
};

/* All return EXIT_OK, or EXIT_FAILED after a message. */
int recording_begin(struct recording *r, const struct place *place,
		    struct function *f, const char *name, uint32_t buffer_kib);
int recording_resume(struct recording *r, const struct place *place,
		     struct function *f, const char *name);

/* What is in memory and can go, of every disk: files, directories, inodes. */
int recording_drop_caches(void);

/* Make what the page cache holds be read again; what stays is added to F. */
int recording_uncover(struct recording *r);

/* At the end: add what was read from memory that nothing else tells of. */
int recording_sweep(struct recording *r);

/* In a child, which ends with what MAIN returns; what is read meanwhile is
 * added.  MAIN fails to start what it was to start by *ERROR.
 */
int recording_run(struct recording *r, int (*main)(void *arg, int *error),
		  void *arg, struct ending *ending);
int recording_wait_for(struct recording *r, int pid, struct ending *ending);

/* Add the rest; fails if anything was lost.  The trace is gone then. */
int recording_end(struct recording *r);
void recording_drop(struct recording *r);

/* "812 blocks, 3.2 MiB, 0.4 % of the disk" */
void recording_tell(const struct place *place, const struct function *f);

#endif
