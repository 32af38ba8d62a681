/* SPDX-License-Identifier: GPL-2.0 */
/* What the helper can be asked and told over its control socket. */
#ifndef EVG_REQUESTS_H
#define EVG_REQUESTS_H

#include <stdbool.h>

struct daemon;

/* The reply, a line that the caller frees; NULL: no memory.  *later: the answer
 * is given by control_reloaded(), and none is returned.
 */
char *requests_answer(struct daemon *d, const char *line, bool *later);

char *requests_ok(void);
char *requests_refuse(const char *why);

#endif
