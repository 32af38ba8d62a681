/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What to fetch next that nobody waits for.  PURE.
 *
 * A list is an ordered list of ranges that somebody keeps; the queue remembers
 * how far each has come.  Lists of an earlier class go before those of a later
 * one, whatever their weight.  Nothing here knows what is present: it asks, and
 * what is being read counts as present.
 */
#ifndef EVG_QUEUE_H
#define EVG_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <function.h>

enum queue_class {
	QUEUE_LEDGER,			/* missed in an outage */
	QUEUE_METADATA,
	QUEUE_ASKED,			/* by a person, or by a miss in it */
	QUEUE_FUNCTION,
	QUEUE_SESSION,			/* what was used last time */
	QUEUE_HYDRATE,			/* everything */
};

enum queue_mode {
	QUEUE_ALL,
	QUEUE_SOONEST,			/* functions: least absent first */
};

struct queue_list {
	const struct function_range *range;
	size_t ranges;
	enum queue_class class;
	uint32_t weight;		/* within a class, more goes first, */
	uint64_t order;			/* and then more goes first */
	uint64_t absent;		/* blocks, for QUEUE_SOONEST */
	bool matters;			/* also when room is short */
	/* the queue's */
	uint64_t generation;		/* in the queue if it has the same */
	struct queue_list *next;
	struct queue_list **link;	/* what points to this one */
	size_t at;			/* the range that it has come to */
	uint32_t done;			/* blocks of that */
};

struct queue {
	uint64_t generation;
	struct queue_list *lists;	/* in order, if sorted */
	struct queue_list *front;	/* those before it have come to their ends */
	bool sorted;
	bool tight;			/* only what matters goes */
};

enum queue_state {
	QUEUE_HAS,
	QUEUE_LACKS,
	QUEUE_UNKNOWN,
};

/* Of block FIRST, and in *run of how many from it on (at most COUNT). */
typedef enum queue_state queue_look_fn(uint64_t first, uint32_t count,
				       uint32_t *run, void *arg);

enum queue_answer {
	QUEUE_NOTHING,			/* none is left, or not without much looking */
	QUEUE_RUN,			/* fetch this */
	QUEUE_ASK,			/* whether block FIRST is present */
};

struct queue_run {
	uint64_t first;
	uint32_t count;
	const struct queue_list *list;
};

/* Empty; Q is zeroed, or one whose lists may be gone. */
void queue_init(struct queue *q);

/* Class, weight and order of a list stay as they are while it is in the queue, but
 * for one that has come to its end.  It begins at its start, also when it is in the queue already. */
void queue_put(struct queue *q, struct queue_list *list);
void queue_remove(struct queue *q, struct queue_list *list);

/* What was fetched may be gone, or was not fetched after all. */
void queue_rewind(struct queue *q);

/* The next run of at most MAX blocks.  It is given again until LOOK says that it
 * is there.
 */
enum queue_answer queue_next(struct queue *q, enum queue_mode mode,
			     uint32_t max, queue_look_fn *look, void *arg,
			     struct queue_run *run);

#endif
