/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The functions of this disk, and which of them a block belongs to.  PURE.
 */
#ifndef EVG_FUNCTIONS_H
#define EVG_FUNCTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <function.h>

#include "present.h"
#include "queue.h"

struct loaded {
	struct function f;
	struct queue_list list;		/* .absent: see counted */
	bool counted;			/* absent is right, and kept so */
	bool asked;			/* goes before others until it is whole */
	bool whole;			/* and that was said */
};

/* From block FIRST on, to where the next one begins. */
struct functions_part {
	uint64_t first;
	uint32_t member;		/* where its members begin */
	uint32_t members;
};

struct functions {
	struct loaded *loaded;		/* by name */
	size_t n;
	struct functions_part *part;	/* in order */
	size_t parts;
	uint32_t *member;		/* numbers of functions */
};

/* Take over ALL, and the array; what was there before is freed.  -ENOMEM: there
 * are none now.
 */
int functions_take(struct functions *fs, struct function *all, size_t n);
void functions_free(struct functions *fs);

struct loaded *functions_find(struct functions *fs, const char *name);

/* The numbers of the functions that the block belongs to, *n of them. */
const uint32_t *functions_of(const struct functions *fs, uint64_t block,
			     uint32_t *n);

/* Count what is absent of those not counted.  True: all are; false: of *block
 * it must be known first whether it is present.
 */
bool functions_count(struct functions *fs, const struct present *p,
		     uint64_t *block);
void functions_doubt(struct functions *fs);

/* A block came; WHOLE is told of each function that has all of its blocks now. */
typedef void functions_whole_fn(struct loaded *l, void *arg);
void functions_came(struct functions *fs, uint64_t block, functions_whole_fn *whole,
		    void *arg);
/* A block went. */
void functions_went(struct functions *fs, uint64_t block);

#endif
