// SPDX-License-Identifier: GPL-2.0
#include "doubt.h"

#include <errno.h>
#include <stdlib.h>

enum { STEP = 16 };			/* by which units grow */

static int by_first(const void *a, const void *b)
{
	const struct doubt_range *x = a, *y = b;

	return x->first < y->first ? -1 : x->first > y->first;
}

static void join(struct doubt *d)
{
	size_t i, n = 0;

	qsort(d->range, d->n, sizeof(d->range[0]), by_first);
	for (i = 1; i < d->n; i++) {
		if (d->range[i].first > d->range[n].end)
			d->range[++n] = d->range[i];
		else if (d->range[i].end > d->range[n].end)
			d->range[n].end = d->range[i].end;
	}
	d->n = d->n ? n + 1 : 0;
}

/* Half of the room must be free afterwards, or this would be done all the time. */
static void coarsen(struct doubt *d)
{
	size_t i;

	join(d);
	while (d->n > DOUBT_RANGES / 2) {
		d->unit *= STEP;
		for (i = 0; i < d->n; i++) {
			d->range[i].first -= d->range[i].first % d->unit;
			d->range[i].end += d->unit - 1;
			d->range[i].end -= d->range[i].end % d->unit;
		}
		join(d);
	}
}

int doubt_init(struct doubt *d)
{
	d->range = calloc(DOUBT_RANGES, sizeof(d->range[0]));
	doubt_clear(d);
	return d->range ? 0 : -ENOMEM;
}

void doubt_add(struct doubt *d, uint64_t first, uint64_t count)
{
	struct doubt_range *last;

	last = d->n ? &d->range[d->n - 1] : NULL;
	if (last && last->end == first) {
		last->end += count;
		return;
	}
	if (d->n == DOUBT_RANGES)
		coarsen(d);
	d->range[d->n].first = first;
	d->range[d->n++].end = first + count;
}

void doubt_move(struct doubt *d, struct doubt *from)
{
	size_t i;

	for (i = 0; i < from->n; i++)
		doubt_add(d, from->range[i].first,
			  from->range[i].end - from->range[i].first);
	doubt_clear(from);
}

void doubt_clear(struct doubt *d)
{
	d->n = 0;
	d->unit = 1;
}

size_t doubt_take(struct doubt *d, struct evgnl_range *out, size_t max,
		  uint64_t blocks)
{
	struct doubt_range *last;
	uint64_t count;
	size_t n = 0;

	while (n < max && d->n) {
		last = &d->range[d->n - 1];
		if (last->end > blocks)
			last->end = blocks;
		if (last->first >= last->end) {
			d->n--;
			continue;
		}
		count = last->end - last->first;
		if (count > EVG_RANGE_BLOCKS)
			count = EVG_RANGE_BLOCKS;
		last->end -= count;
		out[n].first = last->end;
		out[n++].count = (uint32_t)count;
	}
	return n;
}
