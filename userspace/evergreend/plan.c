// SPDX-License-Identifier: GPL-2.0
#include "plan.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static_assert(EVG_FETCH_MAX_BLOCKS <= 32, "a want's blocks are 32 bits");

void plan_init(struct plan *p, uint64_t blocks)
{
	memset(p, 0, sizeof(*p));
	p->blocks = blocks;
	p->unit = 1;
}

void plan_set_unit(struct plan *p, uint32_t unit)
{
	p->unit = unit;
}

static uint32_t bits(uint32_t from, uint32_t to)
{
	return (uint32_t)((1ULL << to) - (1ULL << from));
}

/* Those blocks of the want that lie in [first, first + count). */
static uint32_t overlap(const struct plan_want *w, uint64_t first,
			uint32_t count)
{
	uint64_t end = first + count;
	uint32_t from, to;

	if (end <= w->first || first >= w->first + w->count)
		return 0;
	from = first > w->first ? (uint32_t)(first - w->first) : 0;
	to = end < w->first + w->count ? (uint32_t)(end - w->first) : w->count;
	return bits(from, to);
}

static uint32_t open_blocks(const struct plan_want *w)
{
	if (w->whole)
		return w->asked ? 0 : bits(0, w->count);
	return bits(0, w->count) & ~(w->done | w->asked);
}

int plan_add(struct plan *p, uint64_t cookie, uint64_t first, uint32_t count,
	     enum evg_class class)
{
	struct plan_want *w;
	uint32_t i;

	if (!count || count > EVG_FETCH_MAX_BLOCKS || first >= p->blocks ||
	    count > p->blocks - first)
		return -EINVAL;
	for (i = 0; i < PLAN_WANTS && p->want[i].count; i++)
		;
	if (i == PLAN_WANTS)
		return -ENOSPC;
	w = &p->want[i];
	memset(w, 0, sizeof(*w));
	w->cookie = cookie;
	w->first = first;
	w->count = count;
	w->class = class;
	w->order = p->arrived++;
	p->wants++;
	for (i = 0; i < PLAN_READS; i++) {
		if (p->read[i].count)
			w->asked |= overlap(w, p->read[i].first,
					    p->read[i].count);
	}
	return 0;
}

static const struct plan_want *oldest(const struct plan *p)
{
	const struct plan_want *w, *best = NULL;
	uint32_t left = p->wants;

	for (w = p->want; left; w++) {
		if (!w->count)
			continue;
		left--;
		if (open_blocks(w) && (!best || w->order < best->order))
			best = w;
	}
	return best;
}

static const struct plan_want *most_urgent(const struct plan *p,
					   enum evg_class worst)
{
	const struct plan_want *w, *best = NULL;
	uint32_t left = p->wants;

	if (p->passed + 1 >= PLAN_SHARE)
		return oldest(p);
	for (w = p->want; left; w++) {
		if (!w->count)
			continue;
		left--;
		if (w->class > worst || !open_blocks(w))
			continue;
		if (!best || w->class < best->class ||
		    (w->class == best->class && w->order < best->order))
			best = w;
	}
	return best;
}

/* Where the open blocks that begin at block FROM of the want end. */
static uint64_t open_end(const struct plan_want *w, uint64_t from)
{
	uint32_t closed = ~open_blocks(w) & bits((uint32_t)(from - w->first),
						 w->count);

	return w->first + (closed ? (uint32_t)__builtin_ctz(closed) : w->count);
}

/* How far another want of this class goes on from block FROM; FROM: none. */
static uint64_t joined_end(const struct plan *p, enum evg_class class,
			   uint64_t from)
{
	const struct plan_want *w;
	uint32_t left = p->wants;

	for (w = p->want; left; w++) {
		if (!w->count)
			continue;
		left--;
		if (w->class != class || w->whole || from < w->first ||
		    from >= w->first + w->count)
			continue;
		if (open_blocks(w) >> (from - w->first) & 1)
			return open_end(w, from);
	}
	return from;
}

bool plan_next(const struct plan *p, enum evg_class worst, uint64_t *first,
	       uint32_t *count, bool *whole)
{
	const struct plan_want *w = most_urgent(p, worst);
	uint64_t start, end, more;

	if (!w || p->reads == PLAN_READS)
		return false;
	start = w->first + (uint32_t)__builtin_ctz(open_blocks(w));
	end = open_end(w, start);
	while (!w->whole && end - start < PLAN_READ_MAX - p->unit) {
		more = joined_end(p, w->class, end);
		if (more == end)
			break;
		end = more;
	}
	start -= start % p->unit;
	if (end - start > PLAN_READ_MAX)
		end = start + PLAN_READ_MAX;
	end += (p->unit - end % p->unit) % p->unit;
	if (end - start > PLAN_READ_MAX)
		end -= p->unit;
	if (end > p->blocks)
		end = p->blocks;
	*first = start;
	*count = (uint32_t)(end - start);
	*whole = w->whole;
	return true;
}

int plan_start(struct plan *p, uint64_t first, uint32_t count)
{
	const struct plan_want *first_come = oldest(p);
	struct plan_want *w;
	int i;

	for (i = 0; i < PLAN_READS && p->read[i].count; i++)
		;
	if (i == PLAN_READS)
		return -ENOSPC;
	if (!first_come || overlap(first_come, first, count))
		p->passed = 0;
	else
		p->passed++;
	p->read[i].first = first;
	p->read[i].count = count;
	p->reads++;
	for (w = p->want; w < p->want + PLAN_WANTS; w++)
		if (w->count)
			w->asked |= overlap(w, first, count);
	return i;
}

bool plan_is_reading(const struct plan *p, uint64_t first, uint32_t count,
		     uint32_t *run)
{
	const struct plan_read *r;
	uint32_t left = p->reads;
	uint64_t end;

	*run = count;
	for (r = p->read; left; r++) {
		if (!r->count)
			continue;
		left--;
		end = r->first + r->count;
		if (first >= r->first && first < end) {
			if (end - first < *run)
				*run = (uint32_t)(end - first);
			return true;
		}
		if (r->first > first && r->first - first < *run)
			*run = (uint32_t)(r->first - first);
	}
	return false;
}

bool plan_uses(const struct plan *p, uint64_t first, uint32_t count)
{
	const struct plan_want *w;
	uint32_t left = p->wants, run;

	for (w = p->want; left; w++) {
		if (!w->count)
			continue;
		left--;
		if (overlap(w, first, count))
			return true;
	}
	return plan_is_reading(p, first, count, &run) || run < count;
}

uint64_t plan_reading_blocks(const struct plan *p)
{
	const struct plan_read *r;
	uint32_t left = p->reads;
	uint64_t blocks = 0;

	for (r = p->read; left; r++) {
		blocks += r->count;
		left -= !!r->count;
	}
	return blocks;
}

void plan_set_whole(struct plan *p)
{
	struct plan_want *w;
	uint32_t left = p->wants;

	for (w = p->want; left; w++) {
		if (!w->count)
			continue;
		left--;
		w->whole = true;
	}
}

static void drop_want(struct plan *p, struct plan_want *w, plan_drop_fn *drop,
		      void *arg)
{
	struct plan_want dropped = *w;

	w->count = 0;
	p->wants--;
	if (drop)
		drop(&dropped, arg);
}

/* Has the read nothing that the want alone would not need? */
static bool is_of(const struct plan *p, const struct plan_read *r,
		  const struct plan_want *w)
{
	uint64_t end = w->first + w->count + p->unit - 1;

	return r->first >= w->first - w->first % p->unit &&
	       r->first + r->count <= end - end % p->unit;
}

void plan_finish(struct plan *p, int read, enum plan_end end,
		 plan_drop_fn *drop, void *arg)
{
	struct plan_read r = p->read[read];
	struct plan_want *w;
	uint32_t mine;

	p->read[read].count = 0;
	p->reads--;
	for (w = p->want; w < p->want + PLAN_WANTS; w++) {
		mine = w->count ? overlap(w, r.first, r.count) : 0;
		if (!mine)
			continue;
		w->asked &= ~mine;
		switch (end) {
		case PLAN_FILLED:
			w->done |= mine;
			if (w->done == bits(0, w->count))
				drop_want(p, w, NULL, NULL);
			break;
		case PLAN_AGAIN:
			break;
		case PLAN_FAILED:
			if (is_of(p, &r, w))
				drop_want(p, w, drop, arg);
			else
				w->whole = true;
			break;
		case PLAN_FULL:
			if (mine == bits(0, w->count))
				drop_want(p, w, drop, arg);
			else
				w->whole = true;
			break;
		}
	}
}

void plan_forget(struct plan *p)
{
	memset(p->want, 0, sizeof(p->want));
	p->wants = 0;
}
