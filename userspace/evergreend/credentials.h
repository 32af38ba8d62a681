/* SPDX-License-Identifier: GPL-2.0 */
/* Keys for TLS that the URI names.  They are read at each connection, and by then
 * without privileges.
 */
#ifndef EVG_CREDENTIALS_H
#define EVG_CREDENTIALS_H

#include <stdbool.h>
#include <stddef.h>

/* The value of "NAME=" in the URI's query, decoded, in any case as libnbd has it;
 * false: there is none.
 */
bool credentials_value(const char *uri, const char *name, char *value, size_t bytes);

/* False: one of them could not be read then, and WHY has a line. */
bool credentials_can_be_read(const char *uri, char *why, size_t why_bytes);

#endif
