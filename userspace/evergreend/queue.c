// SPDX-License-Identifier: GPL-2.0
#include "queue.h"

enum { LOOKS_MAX = 4096 };		/* at a time, so that nobody waits for it */

void queue_init(struct queue *q)
{
	q->lists = NULL;
	q->tight = false;
}

void queue_remove(struct queue *q, struct queue_list *list)
{
	struct queue_list **link = &q->lists;

	while (*link && *link != list)
		link = &(*link)->next;
	if (*link)
		*link = list->next;
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
	list->next = q->lists;
	q->lists = list;
}

void queue_rewind(struct queue *q)
{
	struct queue_list *list;

	for (list = q->lists; list; list = list->next)
		rewind_list(list);
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

static struct queue_list *first_list(const struct queue *q,
				     enum queue_mode mode)
{
	struct queue_list *list, *best = NULL;

	for (list = q->lists; list; list = list->next) {
		if (is_eligible(q, list, mode) &&
		    (!best || goes_before(list, best, mode)))
			best = list;
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
	struct queue_list *list = first_list(q, mode);
	const struct function_range *range;
	enum queue_state state;
	uint32_t n, looks;

	for (looks = 0; list && looks < LOOKS_MAX; looks++) {
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
			list = first_list(q, mode);
	}
	return QUEUE_NOTHING;
}
