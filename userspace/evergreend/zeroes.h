/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the image is known to be all zeroes.  PURE.
 *
 * The image is divided into windows.  The server is asked about a window when
 * it is first touched; what it says is remembered, for so many windows.
 */
#ifndef EVG_ZEROES_H
#define EVG_ZEROES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	ZEROES_WINDOW_BLOCKS	= 4096,	/* 16 MiB */
	ZEROES_WINDOWS		= 128,
};

struct zeroes_window {
	uint64_t number;		/* plus 1; 0: not in use */
	uint64_t zero[ZEROES_WINDOW_BLOCKS / 64];
};

struct zeroes {
	struct zeroes_window window[ZEROES_WINDOWS];
};

void zeroes_init(struct zeroes *z);

/* Should the server be asked about this block's window?  Says so once. */
bool zeroes_ask(struct zeroes *z, uint64_t block);

/* The server says that these bytes are zeroes. */
void zeroes_add(struct zeroes *z, uint64_t offset, uint64_t bytes);

/* From block FIRST on, how many (at most COUNT) are alike; *zero: in what. */
uint32_t zeroes_run(const struct zeroes *z, uint64_t first, uint32_t count,
		    bool *zero);

#endif
