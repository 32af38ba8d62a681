// SPDX-License-Identifier: GPL-2.0
#include "cover.h"

void cover_init(struct cover *c)
{
	c->bytes = 0;
	c->runs = 0;
	c->is_bad = false;
}

/* Lengthen the run that ends or begins where the piece does. */
static bool lengthen(struct cover *c, uint64_t from, uint64_t to)
{
	uint32_t i;

	for (i = 0; i < c->runs; i++) {
		if (c->run[i].to == from)
			c->run[i].to = to;
		else if (c->run[i].from == to)
			c->run[i].from = from;
		else
			continue;
		return true;
	}
	return false;
}

void cover_add(struct cover *c, uint64_t from, uint64_t bytes)
{
	uint64_t to = from + bytes;
	uint32_t i;

	if (!bytes || c->is_bad)
		return;
	for (i = 0; i < c->runs; i++)
		c->is_bad |= from < c->run[i].to && c->run[i].from < to;
	c->bytes += bytes;
	if (lengthen(c, from, to))
		return;
	if (c->runs == COVER_RUNS) {
		c->is_bad = true;
		return;
	}
	c->run[c->runs].from = from;
	c->run[c->runs].to = to;
	c->runs++;
}

bool cover_is(const struct cover *c, uint64_t bytes)
{
	return !c->is_bad && c->bytes == bytes;
}
