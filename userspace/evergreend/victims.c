// SPDX-License-Identifier: GPL-2.0
#include "victims.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "heat.h"

struct victims_candidate {
	struct victim victim;
	uint32_t class;			/* of heat; 0: lost */
	uint32_t breaks;		/* functions that could run now */
	uint64_t weight;		/* of all its functions */
	uint64_t order;			/* upwards from the hand */
};

struct victims_member {
	uint64_t region;
	size_t function;
};

struct victims_function {
	uint32_t weight;
	bool pinned;
	bool ready;
};

int victims_init(struct victims *v, size_t max)
{
	memset(v, 0, sizeof(*v));
	v->kept = calloc(max, sizeof(*v->kept));
	v->max = max;
	return v->kept ? 0 : -ENOMEM;
}

void victims_free(struct victims *v)
{
	free(v->kept);
	free(v->member);
	free(v->function);
	memset(v, 0, sizeof(*v));
}

void victims_begin(struct victims *v)
{
	v->keeps = 0;
	v->members = 0;
	v->functions = 0;
	v->pinned_blocks = 0;
}

/* Room for one more. */
static int grow(void **array, size_t n, size_t *max, size_t bytes)
{
	size_t more = *max ? *max * 2 : 64;
	void *larger;

	if (n < *max)
		return 0;
	larger = reallocarray(*array, more, bytes);
	if (!larger)
		return -ENOMEM;
	*array = larger;
	*max = more;
	return 0;
}

static int add_member(struct victims *v, uint64_t region)
{
	const struct victims_member *last = v->member;
	void *array = v->member;
	int ret;

	if (v->members)
		last += v->members - 1;
	if (v->members && last->region == region &&
	    last->function == v->functions - 1)
		return 0;
	ret = grow(&array, v->members, &v->members_max, sizeof(*v->member));
	v->member = array;
	if (ret)
		return ret;
	v->member[v->members].region = region;
	v->member[v->members++].function = v->functions - 1;
	return 0;
}

int victims_add_function(struct victims *v, const struct function_range *range,
			 size_t ranges, uint32_t weight, bool pinned,
			 bool ready)
{
	struct victims_function f = { weight, pinned, ready };
	void *array = v->function;
	uint64_t region, end;
	size_t i;
	int ret;

	ret = grow(&array, v->functions, &v->functions_max,
		   sizeof(*v->function));
	v->function = array;
	if (ret)
		return ret;
	v->function[v->functions++] = f;
	for (i = 0; i < ranges && !ret; i++) {
		region = range[i].first / EVG_REGION_BLOCKS;
		end = (range[i].first + range[i].count + EVG_REGION_BLOCKS - 1) /
		      EVG_REGION_BLOCKS;
		for (; region < end && !ret; region++)
			ret = add_member(v, region);
	}
	return ret;
}

static int compare_members(const void *one, const void *other)
{
	const struct victims_member *a = one, *b = other;

	if (a->region != b->region)
		return a->region < b->region ? -1 : 1;
	if (a->function != b->function)
		return a->function < b->function ? -1 : 1;
	return 0;
}

void victims_index(struct victims *v)
{
	size_t i, n = 0;

	if (v->members)
		qsort(v->member, v->members, sizeof(*v->member),
		      compare_members);
	for (i = 0; i < v->members; i++)
		if (!n || compare_members(&v->member[n - 1], &v->member[i]))
			v->member[n++] = v->member[i];
	v->members = n;
}

/* The first member of REGION or of one after it. */
static size_t find_members(const struct victims *v, uint64_t region)
{
	size_t low = 0, high = v->members, middle;

	while (low < high) {
		middle = low + (high - low) / 2;
		if (v->member[middle].region < region)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What its loss costs.  False: it is pinned. */
static bool weigh(const struct victims *v, struct victims_candidate *c)
{
	size_t i = find_members(v, c->victim.region);
	const struct victims_function *f;

	c->breaks = 0;
	c->weight = 0;
	for (; i < v->members && v->member[i].region == c->victim.region; i++) {
		f = &v->function[v->member[i].function];
		if (f->pinned)
			return false;
		c->breaks += f->ready;
		c->weight += f->weight;
	}
	return true;
}

/* None of its functions can run any more.  False: none could. */
static bool break_functions(struct victims *v, uint64_t region)
{
	size_t i = find_members(v, region);
	bool any = false;

	for (; i < v->members && v->member[i].region == region; i++) {
		any |= v->function[v->member[i].function].ready;
		v->function[v->member[i].function].ready = false;
	}
	return any;
}

/* Who goes first is the lesser. */
static int compare(const void *one, const void *other)
{
	const struct victims_candidate *a = one, *b = other;

	if (a->class != b->class)
		return a->class < b->class ? -1 : 1;
	if (a->breaks != b->breaks)
		return a->breaks < b->breaks ? -1 : 1;
	if (a->weight != b->weight)
		return a->weight < b->weight ? -1 : 1;
	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return 0;
}

static void sift_up(struct victims_candidate *heap, size_t i)
{
	struct victims_candidate c = heap[i];

	for (; i && compare(&heap[(i - 1) / 2], &c) < 0; i = (i - 1) / 2)
		heap[i] = heap[(i - 1) / 2];
	heap[i] = c;
}

static void sift_down(struct victims_candidate *heap, size_t n)
{
	struct victims_candidate c = heap[0];
	size_t i = 0, child;

	for (; (child = 2 * i + 1) < n; i = child) {
		if (child + 1 < n && compare(&heap[child], &heap[child + 1]) < 0)
			child++;
		if (compare(&heap[child], &c) <= 0)
			break;
		heap[i] = heap[child];
	}
	heap[i] = c;
}

void victims_offer(struct victims *v, const struct victim *candidate)
{
	struct victims_candidate c = {
		.victim = *candidate,
		.class = candidate->lost ? 0 :
			 1 + heat_class(candidate->heat),
		.order = candidate->region - v->hand,
	};

	if (!weigh(v, &c)) {
		if (!candidate->lost) {
			v->pinned_blocks += candidate->blocks;
			return;
		}
		c.breaks = 0;
	}
	if (v->keeps < v->max) {
		v->kept[v->keeps++] = c;
		sift_up(v->kept, v->keeps - 1);
	} else if (compare(&c, &v->kept[0]) < 0) {
		v->kept[0] = c;
		sift_down(v->kept, v->keeps);
	}
}

/* Weigh those of a class anew from I on: a function is broken meanwhile. */
static void reorder(struct victims *v, size_t i)
{
	size_t end = i;

	for (; end < v->keeps && v->kept[end].class == v->kept[i].class; end++)
		weigh(v, &v->kept[end]);
	qsort(v->kept + i, end - i, sizeof(*v->kept), compare);
}

size_t victims_choose(struct victims *v, uint64_t blocks, struct victim *out)
{
	const struct victims_candidate *c;
	uint64_t freed = 0;
	uint32_t class = 0;
	size_t n;

	if (v->keeps)
		qsort(v->kept, v->keeps, sizeof(*v->kept), compare);
	for (n = 0; n < v->keeps && freed < blocks; n++) {
		/* what earlier classes broke, this one need not spare */
		if (v->kept[n].class != class)
			reorder(v, n);
		c = &v->kept[n];
		class = c->class;
		out[n] = c->victim;
		freed += c->victim.blocks;
		if (!c->victim.lost)
			v->hand = c->victim.region + 1;
		if (!c->victim.lost && break_functions(v, c->victim.region) &&
		    n + 1 < v->keeps && v->kept[n + 1].class == class)
			reorder(v, n + 1);
	}
	v->keeps = 0;
	return n;
}
