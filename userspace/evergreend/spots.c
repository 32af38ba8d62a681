// SPDX-License-Identifier: GPL-2.0
#include "spots.h"

#include <string.h>

static uint64_t end_of(const struct function_range *r)
{
	return r->first + r->count;
}

static void drop(struct spots *s, uint32_t i)
{
	s->n--;
	memmove(s->range + i, s->range + i + 1,
		(s->n - i) * sizeof(s->range[0]));
}

static void append(struct spots *s, uint64_t first, uint64_t end)
{
	if (s->n == SPOTS_MAX)
		drop(s, 0);
	s->range[s->n].first = first;
	s->range[s->n++].count = (uint32_t)(end - first);
}

void spots_remove(struct spots *s, uint64_t first, uint32_t count)
{
	uint64_t end = first + count;
	struct function_range r;
	uint32_t i = 0;

	while (i < s->n) {
		r = s->range[i];
		if (end <= r.first || first >= end_of(&r)) {
			i++;
			continue;
		}
		drop(s, i);
		if (r.first < first)
			append(s, r.first, first);
		if (end_of(&r) > end)
			append(s, end, end_of(&r));
	}
}

/* One range for those that touch: a bad disk is bad in long stretches. */
void spots_add(struct spots *s, uint64_t first, uint32_t count)
{
	uint64_t end = first + count;
	struct function_range r;
	uint32_t i = 0;

	while (i < s->n) {
		r = s->range[i];
		if (end < r.first || first > end_of(&r) ||
		    (end > end_of(&r) ? end : end_of(&r)) -
		    (first < r.first ? first : r.first) > UINT32_MAX) {
			i++;
			continue;
		}
		drop(s, i);
		if (r.first < first)
			first = r.first;
		if (end_of(&r) > end)
			end = end_of(&r);
	}
	append(s, first, end);
}

bool spots_touch(const struct spots *s, uint64_t first, uint32_t count)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		if (first < end_of(&s->range[i]) &&
		    s->range[i].first < first + count)
			return true;
	return false;
}

uint64_t spots_blocks(const struct spots *s)
{
	uint64_t blocks = 0;
	uint32_t i;

	for (i = 0; i < s->n; i++)
		blocks += s->range[i].count;
	return blocks;
}
