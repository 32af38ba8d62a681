// SPDX-License-Identifier: GPL-2.0
#include "queue.h"

enum {
	LOOKS_MAX	= 4096,		/* at a time, so that nobody waits for it */
	LISTS_A_LOOK	= 64,		/* that may be passed over for one */
};

void queue_init(struct queue *q)
{
	q->generation++;
	q->lists = NULL;
	q->front = NULL;
	q->sorted = true;
	q->tight = false;
}

static void link_at(struct queue_list **link, struct queue_list *list)
{
	*link = list;
	if (list)
		list->link = link;
}

void queue_remove(struct queue *q, struct queue_list *list)
{
	if (list->generation != q->generation)
		return;
	link_at(list->link, list->next);
	list->generation = 0;
	q->front = q->lists;
}

static void rewind_list(struct queue_list *list)
{
	list->at = 0;
	list->done = 0;
}

void queue_put(struct queue *q, struct queue_list *list)
{
	queue_remove(q, list);
	rewind_list(list);
	list->generation = q->generation;
	link_at(&list->next, q->lists);
	link_at(&q->lists, list);
	q->front = q->lists;
	q->sorted = false;
}

void queue_rewind(struct queue *q)
{
	struct queue_list *list;

	for (list = q->lists; list; list = list->next)
		rewind_list(list);
	q->front = q->lists;
}

static bool is_eligible(const struct queue *q, const struct queue_list *list,
			enum queue_mode mode)
{
	if (list->at == list->ranges || (q->tight && !list->matters))
		return false;
	return mode == QUEUE_ALL || list->class < QUEUE_SESSION;
}

/* The file systems' own blocks are part of every function. */
static bool goes_before(const struct queue_list *a, const struct queue_list *b,
			enum queue_mode mode)
{
	if (mode == QUEUE_SOONEST && a->class != b->class &&
	    (a->class == QUEUE_METADATA || b->class == QUEUE_METADATA))
		return a->class == QUEUE_METADATA;
	if (mode == QUEUE_SOONEST && a->absent != b->absent)
		return a->absent < b->absent;
	if (a->class != b->class)
		return a->class < b->class;
	if (a->weight != b->weight)
		return a->weight > b->weight;
	return a->order > b->order;
}

/* Merge sort: halves, each sorted, then the lesser head of the two goes first. */
static struct queue_list *sort(struct queue_list *lists, size_t n)
{
	struct queue_list *half = lists, *rest, *sorted = NULL, **end = &sorted;
	size_t i;

	if (n < 2)
		return lists;
	for (i = 1; i < n / 2; i++)
		half = half->next;
	rest = half->next;
	half->next = NULL;
	lists = sort(lists, n / 2);
	rest = sort(rest, n - n / 2);
	while (lists && rest) {
		struct queue_list **least = goes_before(rest, lists, QUEUE_ALL) ?
					    &rest : &lists;

		*end = *least;
		end = &(*end)->next;
		*least = *end;
	}
	*end = lists ? lists : rest;
	return sorted;
}

static void sort_lists(struct queue *q)
{
	struct queue_list *list, **link;
	size_t n = 0;

	for (list = q->lists; list; list = list->next)
		n++;
	q->lists = sort(q->lists, n);
	for (link = &q->lists; *link; link = &(*link)->next)
		(*link)->link = link;
	q->front = q->lists;
	q->sorted = true;
}

static struct queue_list *first_list(struct queue *q, enum queue_mode mode,
				     uint32_t *passed)
{
	struct queue_list *list, *best = NULL;

	if (!q->sorted)
		sort_lists(q);
	while (q->front && q->front->at == q->front->ranges)
		q->front = q->front->next;
	for (list = q->front; list; list = list->next, ++*passed) {
		if (!is_eligible(q, list, mode))
			continue;
		if (!best || goes_before(list, best, mode))
			best = list;
		if (mode == QUEUE_ALL)
			break;
	}
	return best;
}

static void move_on(struct queue_list *list, uint32_t blocks)
{
	list->done += blocks;
	if (list->done < list->range[list->at].count)
		return;
	list->at++;
	list->done = 0;
}

enum queue_answer queue_next(struct queue *q, enum queue_mode mode,
			     uint32_t max, queue_look_fn *look, void *arg,
			     struct queue_run *run)
{
	uint32_t n, looks, passed = 0;
	struct queue_list *list = first_list(q, mode, &passed);
	const struct function_range *range;
	enum queue_state state;

	for (looks = 0; list; looks++) {
		if (looks && looks + passed / LISTS_A_LOOK >= LOOKS_MAX)
			break;
		range = &list->range[list->at];
		run->list = list;
		run->first = range->first + list->done;
		state = look(run->first, range->count - list->done, &n, arg);
		if (state == QUEUE_LACKS) {
			run->count = n < max ? n : max;
			return QUEUE_RUN;
		}
		if (state == QUEUE_UNKNOWN)
			return QUEUE_ASK;
		move_on(list, n);
		if (list->at == list->ranges)
			list = first_list(q, mode, &passed);
	}
	return QUEUE_NOTHING;
}
