/* SPDX-License-Identifier: GPL-2.0 */
/* Names made from a URI.  PURE, but for SHA-256. */
#ifndef EVG_NAME_H
#define EVG_NAME_H

#include <stddef.h>

/* The URI as it may be shown: without user and password. */
void name_shown(const char *uri, char *out, size_t bytes);

/* HOME/readable-and-unique. */
void name_cache(const char *uri, const char *home, char *out, size_t bytes);

#endif
