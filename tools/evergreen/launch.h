/* SPDX-License-Identifier: GPL-2.0 */
/* Starting evergreend and hearing whether it could. */
#ifndef EVERGREEN_LAUNCH_H
#define EVERGREEN_LAUNCH_H

#include <stddef.h>

#define LAUNCH_LOG	"/var/log/evergreen.log"

enum { LAUNCH_ARGS = 24, LAUNCH_ANSWER = 1024 };

/* Its arguments, argv[0] and the final NULL included. */
struct launch {
	const char *argv[LAUNCH_ARGS];
	size_t count;
};

void launch_arg(struct launch *launch, const char *arg);

/* Runs evergreend in the background until it has said its one line, which
 * goes to ANSWER.  Returns EXIT_OK, or EXIT_FAILED after a message.
 */
int launch_run(struct launch *launch, char answer[LAUNCH_ANSWER]);

#endif
