// SPDX-License-Identifier: GPL-2.0
#include "misses.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <json-c/json.h>

#include "control.h"
#include "look.h"

enum { SOME = 256, SAME_S = 5 };

const char *misses_outcome_name(enum evg_outcome outcome)
{
	switch (outcome) {
	case EVG_OUTCOME_WAITED:
		return "waited";
	case EVG_OUTCOME_FAILED:
		return "failed";
	case EVG_OUTCOME_DRILLED:
		return "drilled";
	default:
		return "unknown";
	}
}

static int add(struct misses *misses, const struct miss *miss)
{
	struct miss *grown;

	if (!strcmp(miss->comm, LOOK_COMM))
		return 0;
	if (misses->count == misses->room) {
		misses->room = misses->room * 2 + SOME;
		grown = reallocarray(misses->miss, misses->room, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		misses->miss = grown;
	}
	misses->miss[misses->count++] = *miss;
	return 0;
}

static int by_time(const void *a, const void *b)
{
	const struct miss *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->seq > y->seq) - (x->seq < y->seq);
}

static void sort(struct misses *misses)
{
	if (misses->count)
		qsort(misses->miss, misses->count, sizeof(*misses->miss), by_time);
}

int misses_of_kernel(struct misses *misses, struct evgnl *nl, uint32_t index,
		     uint64_t seq)
{
	struct evgnl_miss some[SOME];
	struct miss miss;
	int i, n, err = 0;

	for (;;) {
		n = evgnl_misses(nl, index, seq, some, SOME);
		if (n <= 0 || err)
			break;
		for (i = 0; i < n && !err; i++) {
			miss = (struct miss){
				.first = some[i].first,
				.count = some[i].count,
				.pid = some[i].pid,
				.seq = some[i].seq,
				.time = time(NULL) - (int64_t)(some[i].age_ms / 1000),
				.outcome = some[i].outcome,
			};
			memcpy(miss.comm, some[i].comm, sizeof(miss.comm));
			miss.comm[sizeof(miss.comm) - 1] = '\0';
			err = add(misses, &miss);
		}
		seq = some[n - 1].seq;
	}
	sort(misses);
	return err ? err : n;
}

/* The kernel makes adjoining ones one, so it may have grown since. */
static bool is_there(const struct misses *misses, size_t known,
		     const struct miss *miss)
{
	const struct miss *m;
	size_t i;

	for (i = 0; i < known; i++) {
		m = &misses->miss[i];
		if (m->pid == miss->pid && !strcmp(m->comm, miss->comm) &&
		    m->first <= miss->first &&
		    m->first + m->count >= miss->first + miss->count &&
		    (m->seq == miss->seq || llabs(m->time - miss->time) <= SAME_S))
			return true;
	}
	return false;
}

static bool parse(struct json_object *from, struct miss *miss)
{
	double first = control_number(from, "first");
	double count = control_number(from, "count");
	const char *comm = control_text(from, "comm");
	const char *outcome = control_text(from, "outcome");

	if (first < 0 || count < 1 || count > UINT32_MAX || !comm || !outcome)
		return false;
	memset(miss, 0, sizeof(*miss));
	miss->first = (uint64_t)first;
	miss->count = (uint32_t)count;
	miss->pid = (uint32_t)control_number(from, "pid");
	miss->seq = (uint64_t)control_number(from, "seq");
	miss->time = (int64_t)control_number(from, "time");
	snprintf(miss->comm, sizeof(miss->comm), "%s", comm);
	miss->outcome = EVG_OUTCOME_WAITED;
	if (!strcmp(outcome, "failed"))
		miss->outcome = EVG_OUTCOME_FAILED;
	else if (!strcmp(outcome, "drilled"))
		miss->outcome = EVG_OUTCOME_DRILLED;
	return true;
}

int misses_of_home(struct misses *misses, const char *home)
{
	struct json_object *file, *array;
	size_t i, known = misses->count;
	char path[PATH_MAX];
	struct miss miss;
	int err = 0;

	snprintf(path, sizeof(path), "%s/ledger.json", home);
	if (access(path, R_OK))
		return errno == ENOENT ? 0 : -errno;
	file = json_object_from_file(path);
	if (!file || !json_object_object_get_ex(file, "misses", &array) ||
	    !json_object_is_type(array, json_type_array)) {
		json_object_put(file);
		return -EUCLEAN;
	}
	for (i = 0; i < json_object_array_length(array) && !err; i++)
		if (parse(json_object_array_get_idx(array, i), &miss) &&
		    !is_there(misses, known, &miss))
			err = add(misses, &miss);
	json_object_put(file);
	sort(misses);
	return err;
}

static int add_bad(struct misses *misses, struct json_object *reply,
		   const char *key, const char *who)
{
	struct miss miss = { .time = time(NULL), .outcome = EVG_OUTCOME_FAILED };
	struct json_object *array, *one;
	size_t i;
	int err = 0;

	if (!json_object_object_get_ex(reply, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return 0;
	snprintf(miss.comm, sizeof(miss.comm), "%s", who);
	for (i = 0; i < json_object_array_length(array) && !err; i++) {
		one = json_object_array_get_idx(array, i);
		miss.first = (uint64_t)control_number(one, "first");
		miss.count = (uint32_t)control_number(one, "count");
		err = add(misses, &miss);
	}
	return err;
}

int misses_of_bad(struct misses *misses, uint32_t index)
{
	struct json_object *reply;
	int err;

	if (control_ask(index, "status", &reply))
		return 0;
	err = add_bad(misses, reply, "server_bad", "(server)");
	if (!err)
		err = add_bad(misses, reply, "cache_bad", "(cache)");
	json_object_put(reply);
	return err;
}

void misses_free(struct misses *misses)
{
	free(misses->miss);
	memset(misses, 0, sizeof(*misses));
}
