// SPDX-License-Identifier: GPL-2.0
#include "needs.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "plain.h"

static bool is_same(const struct resolve_span *a, const struct resolve_span *b)
{
	return a->kind == b->kind && a->others == b->others &&
	       !strcmp(a->path, b->path);
}

static struct need *find(struct needs *needs, const struct miss *miss,
			 const struct resolve_span *what)
{
	struct need *need;
	size_t i;

	for (i = needs->count; i > 0; i--) {
		need = &needs->need[i - 1];
		if (!strcmp(need->comm, miss->comm) && is_same(need->what, what))
			return need;
	}
	if (needs->count == needs->room) {
		needs->room = needs->room * 2 + 64;
		need = reallocarray(needs->need, needs->room, sizeof(*need));
		if (!need)
			return NULL;
		needs->need = need;
	}
	need = &needs->need[needs->count++];
	memset(need, 0, sizeof(*need));
	memcpy(need->comm, miss->comm, sizeof(need->comm));
	need->what = what;
	need->begun = miss->time;
	return need;
}

static int add_range(struct need *need, uint64_t first, uint32_t count)
{
	struct evgnl_range *grown;

	if (need->ranges == need->room) {
		need->room = need->room * 2 + 4;
		grown = reallocarray(need->range, need->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		need->range = grown;
	}
	need->range[need->ranges++] = (struct evgnl_range){ first, count };
	return 0;
}

/* At its ends a block may be shared with a file that nobody asked for: it is
 * of the file that the rest of the miss is of.
 */
static const struct resolve_span *owner(const struct needs *needs,
					const struct miss *miss, uint64_t block)
{
	const struct resolve_span *what = resolve_block(&needs->resolve, block);
	const struct resolve_span *beside = what;

	if (miss->count > 1 && block == miss->first)
		beside = resolve_block(&needs->resolve, block + 1);
	else if (miss->count > 1 && block == miss->first + miss->count - 1)
		beside = resolve_block(&needs->resolve, block - 1);
	return beside->kind == RESOLVE_FILE && resolve_has_part(beside, block) ?
		beside : what;
}

/* A miss may reach over several files. */
static int add_miss(struct needs *needs, const struct miss *miss)
{
	uint64_t block = miss->first, end = miss->first + miss->count, from;
	const struct resolve_span *what;
	struct need *need;
	int err;

	while (block < end) {
		from = block;
		what = owner(needs, miss, block);
		do {
			block++;
		} while (block < end &&
			 is_same(owner(needs, miss, block), what));
		need = find(needs, miss, what);
		if (!need)
			return -ENOMEM;
		need->pid = miss->pid;
		need->ended = miss->time;
		need->outcome[miss->outcome]++;
		err = add_range(need, from, (uint32_t)(block - from));
		if (err)
			return err;
	}
	return 0;
}

/* What was missed twice counts once. */
static void settle(struct needs *needs, struct need *need)
{
	size_t i;

	need->ranges = resolve_merge(need->range, need->ranges);
	for (i = 0; i < need->ranges; i++)
		need->blocks += need->range[i].count;
	needs->blocks += need->blocks;
}

int needs_make(struct needs *needs, const struct evgnl_disk *disk,
	       const struct misses *misses)
{
	struct evgnl_range *want;
	size_t i;
	int err;

	memset(needs, 0, sizeof(*needs));
	want = calloc(misses->count + 1, sizeof(*want));
	if (!want)
		return -ENOMEM;
	for (i = 0; i < misses->count; i++)
		want[i] = (struct evgnl_range){ misses->miss[i].first,
						misses->miss[i].count };
	err = resolve_blocks(&needs->resolve, disk, want, misses->count);
	for (i = 0; i < misses->count && !err; i++)
		err = add_miss(needs, &misses->miss[i]);
	for (i = 0; i < needs->count; i++)
		settle(needs, &needs->need[i]);
	free(want);
	return err;
}

int needs_count(struct needs *needs, struct presence *presence)
{
	struct need *need;
	uint64_t present;
	size_t i, j;
	int err;

	for (i = 0; i < needs->count; i++) {
		need = &needs->need[i];
		for (j = 0; j < need->ranges; j++) {
			err = presence_count(presence, need->range[j].first,
					     need->range[j].count, &present);
			if (err)
				return err;
			need->present += present;
		}
		needs->present += need->present;
	}
	return 0;
}

void needs_free(struct needs *needs)
{
	size_t i;

	for (i = 0; i < needs->count; i++)
		free(needs->need[i].range);
	free(needs->need);
	resolve_free(&needs->resolve);
	memset(needs, 0, sizeof(*needs));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

struct json_object *need_json(const struct need *need)
{
	struct json_object *to = json_object_new_object();
	const struct resolve_span *what = need->what;
	char text[PATH_MAX];
	int i;

	json_object_object_add(to, "program",
			       json_object_new_string(plain_utf8(text, sizeof(text),
								 need->comm)));
	add_number(to, "pid", need->pid);
	json_object_object_add(to, "kind",
			       json_object_new_string(resolve_kind_name(what->kind)));
	json_object_object_add(to, "path", what->path[0] ?
			       json_object_new_string(plain_utf8(text, sizeof(text),
								 what->path)) : NULL);
	add_number(to, "others", what->others);
	add_number(to, "bytes", need->blocks * EVG_BLOCK_SIZE);
	add_number(to, "present_bytes", need->present * EVG_BLOCK_SIZE);
	add_number(to, "begun", need->begun);
	add_number(to, "ended", need->ended);
	for (i = 0; i < __EVG_OUTCOME_MAX; i++)
		add_number(to, misses_outcome_name(i), need->outcome[i]);
	return to;
}
