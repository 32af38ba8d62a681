/* SPDX-License-Identifier: GPL-2.0 */
/*
 * PURE: texts that others chose (names of files and processes, what a server or a
 * function's file says), made fit for a terminal and for JSON.
 */
#ifndef EVG_PLAIN_H
#define EVG_PLAIN_H

#include <stddef.h>

/* FROM with a '?' for each control character, and for each byte that is no UTF-8.
 * TO has room for BYTES; what is too long is cut between two characters.
 */
char *plain_text(char *to, size_t bytes, const char *from);

/* The same, but what a JSON string can say stays: only bytes that are no UTF-8
 * become '?'.
 */
char *plain_utf8(char *to, size_t bytes, const char *from);

#endif
