/* SPDX-License-Identifier: GPL-2.0 */
/* PURE: what a person types.  Each returns 0, or -1 when it makes no sense. */
#ifndef EVERGREEN_PARSE_H
#define EVERGREEN_PARSE_H

#include <stdbool.h>
#include <stdint.h>

enum { PARSE_INDEX_MAX = (1 << 20) - 1 };	/* minor numbers have 20 bits */

/* "3", "evg3" or "/dev/evg3" */
int parse_disk(const char *text, uint32_t *index);

/* "30", "0.25"; "inf" when INF is allowed.  Nothing below 1 ms but 0. */
int parse_seconds(const char *text, bool inf, uint32_t *ms);

/* Bytes: "4096", "512K", "1.5G", "2TiB"; units are powers of 1024.  Not 0. */
int parse_size(const char *text, uint64_t *bytes);

/* "SCHEME://..." of a scheme that evergreend speaks */
int parse_uri(const char *text);

/* The socket=PATH of a URI is there and not absolute. */
bool parse_uri_socket_is_relative(const char *text);

#endif
