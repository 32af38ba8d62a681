// SPDX-License-Identifier: GPL-2.0
#include "bucket.h"

enum { SPAN_MAX_S = 10 };

static const uint64_t second_ns = 1000000000;

void bucket_init(struct bucket *b, uint64_t now, uint64_t rate)
{
	b->rate = rate;
	b->filled_ns = now;
	b->bytes = 0;
}

/* In whole bytes, so that none is lost however often it is asked; of a span so
 * long that nothing overflows.
 */
static void fill(struct bucket *b, uint64_t now)
{
	const int64_t most = (int64_t)(b->rate / 10);
	uint64_t span = now - b->filled_ns, bytes;

	if (span > SPAN_MAX_S * second_ns) {
		span = SPAN_MAX_S * second_ns;
		b->filled_ns = now - span;
	}
	bytes = span * b->rate / second_ns;
	if (!bytes)
		return;
	b->bytes += (int64_t)bytes;
	b->filled_ns += bytes * second_ns / b->rate;
	if (b->bytes <= most)
		return;
	b->bytes = most;
	b->filled_ns = now;
}

bool bucket_allows(struct bucket *b, uint64_t now)
{
	if (!b->rate)
		return true;
	fill(b, now);
	return b->bytes > 0;
}

void bucket_take(struct bucket *b, uint64_t bytes)
{
	if (b->rate)
		b->bytes -= (int64_t)bytes;
}
