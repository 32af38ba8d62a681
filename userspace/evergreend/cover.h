/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What of a read has come.  The pieces of an answer may come in any order, but
 * no byte twice: else another one never came, and their sum would not tell.
 */
#ifndef EVG_COVER_H
#define EVG_COVER_H

#include <stdbool.h>
#include <stdint.h>

enum { COVER_RUNS = 32 };	/* apart from each other at any time */

struct cover {
	uint64_t bytes;
	uint32_t runs;
	bool is_bad;
	struct {
		uint64_t from;
		uint64_t to;
	} run[COVER_RUNS];
};

void cover_init(struct cover *c);

/* A piece came; one that overlaps another, or too many apart, makes it bad. */
void cover_add(struct cover *c, uint64_t from, uint64_t bytes);

/* Did all come?  The pieces are known to lie within what was asked. */
bool cover_is(const struct cover *c, uint64_t bytes);

#endif
