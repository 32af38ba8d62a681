/* SPDX-License-Identifier: GPL-2.0 */
/* Names made from a URI.  PURE, but for SHA-256. */
#ifndef EVG_NAME_H
#define EVG_NAME_H

#include <stddef.h>

/* HOME/readable-and-unique. */
void name_cache(const char *uri, const char *home, char *out, size_t bytes);

#endif
