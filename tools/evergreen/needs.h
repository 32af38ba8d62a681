/* SPDX-License-Identifier: GPL-2.0 */
/* Misses as people think of them: which program needed which file. */
#ifndef EVERGREEN_NEEDS_H
#define EVERGREEN_NEEDS_H

#include <json-c/json.h>

#include "misses.h"
#include "presence.h"
#include "resolve.h"

struct need {
	char comm[EVG_COMM_MAX];
	uint32_t pid;			/* the last one's */
	const struct resolve_span *what;
	struct evgnl_range *range;	/* its blocks; sorted, none overlap */
	size_t ranges, room;
	uint64_t blocks, present;
	int64_t begun, ended;		/* seconds since 1970 */
	unsigned int outcome[__EVG_OUTCOME_MAX];	/* how many misses */
};

struct needs {
	struct need *need;		/* oldest first */
	size_t count, room;
	uint64_t blocks, present;	/* of all */
	struct resolve resolve;
};

/* Looks at the mounted file systems, as resolve_blocks() does.  Returns 0 or a
 * negative errno.
 */
int needs_make(struct needs *needs, const struct evgnl_disk *disk,
	       const struct misses *misses);
/* What of them is in the cache; errors are evgnl's. */
int needs_count(struct needs *needs, struct presence *presence);
void needs_free(struct needs *needs);

struct json_object *need_json(const struct need *need);

#endif
