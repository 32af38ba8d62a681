/* SPDX-License-Identifier: GPL-2.0 */
/* What others may see of a URI: all but user and password.  PURE. */
#ifndef EVG_URI_H
#define EVG_URI_H

#include <stddef.h>

void uri_shown(const char *uri, char *out, size_t bytes);

/* Takes user and password from an argument of the program, for ps and /proc show
 * it to everybody.  Returns a copy of what it was, or NULL, and then errno is set.
 */
char *uri_hide(char *arg);

#endif
