/* SPDX-License-Identifier: GPL-2.0 */
/* Where what was learned of this disk's use is kept, see function_home(). */
#ifndef EVG_HOME_H
#define EVG_HOME_H

#include <stddef.h>

struct daemon;

/* Made and opened, before privileges go: a person's home, where it may lie, is
 * closed to others then.  0, or a negative errno and one line in WHY.
 */
int home_open(struct daemon *d, char *why, size_t why_bytes);

/* Its path as this process reaches it. */
const char *home_reach(const struct daemon *d);

/* The path of the file NAME in it. */
void home_path(const struct daemon *d, const char *name, char *path,
	       size_t bytes);

/* The file is replaced as a whole, durably.  0, or a negative errno that was
 * logged.  For any thread; slow.
 */
int home_write(const struct daemon *d, const char *name, const void *data,
	       size_t bytes);

#endif
