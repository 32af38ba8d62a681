/* SPDX-License-Identifier: GPL-2.0 */
/* PURE: figures as people read them. */
#ifndef EVERGREEN_TEXT_H
#define EVERGREEN_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <linux/evergreen.h>

enum { TEXT_BYTES = 160 };	/* enough for any of these */

/* "512 B", "1.5 GiB" */
const char *text_bytes(char text[TEXT_BYTES], unsigned long long bytes);

/* "0 s", "250 ms", "12 s", "1.5 s", "3 min 5 s", "2 h 7 min"; "inf" for ever */
const char *text_ms(char text[TEXT_BYTES], unsigned long long ms);

/* "12.3 %"; "100 %" and "0 %" only when exact; for figures below 2^53 */
const char *text_share(char text[TEXT_BYTES], uint64_t part, uint64_t whole);

/* The link's state and the running clock: what a miss has to expect. */
const char *text_link(char text[TEXT_BYTES], enum evg_link_state state,
		      uint64_t outage_ms, uint32_t grace_ms);

/* Milliseconds until misses fail, 0 when they do, -1 when they do not. */
int64_t text_fail_in_ms(enum evg_link_state state, uint64_t outage_ms,
			uint32_t grace_ms);

#endif
