// SPDX-License-Identifier: GPL-2.0
#include "ledger.h"

#include <errno.h>
#include <json.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "daemon.h"
#include "home.h"
#include "log.h"
#include "look.h"
#include "plain.h"
#include "prefetch.h"
#include "transfer.h"

#define LEDGER_FILE "ledger.json"

enum { SAME_S = 3 };			/* clocks are set, and ages rounded */

struct ledger_miss {
	struct evgnl_miss m;
	int64_t time;
	char boot[40];
};

static const char *const outcome_name[] = {
	[EVG_OUTCOME_WAITED] = "waited",
	[EVG_OUTCOME_FAILED] = "failed",
	[EVG_OUTCOME_DRILLED] = "drilled",
};

static uint64_t number_of(struct json_object *from, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, name, &value))
		return 0;
	return json_object_get_uint64(value);
}

static const char *text_of(struct json_object *from, const char *name)
{
	struct json_object *value;

	if (!json_object_object_get_ex(from, name, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static bool fits(const struct daemon *d, const struct evgnl_miss *m)
{
	return m->count && m->first < d->cache.blocks &&
	       m->count <= d->cache.blocks - m->first;
}

static void add(struct ledger *l, const struct ledger_miss *miss)
{
	if (l->n == EVG_LEDGER_MAX)
		memmove(l->miss, l->miss + 1, --l->n * sizeof(*miss));
	l->miss[l->n++] = *miss;
}

static void load_one(struct daemon *d, struct json_object *from)
{
	struct ledger_miss miss = { 0 };
	struct evgnl_miss *m = &miss.m;

	m->seq = number_of(from, "seq");
	m->first = number_of(from, "first");
	m->count = (uint32_t)number_of(from, "count");
	m->pid = (uint32_t)number_of(from, "pid");
	miss.time = (int64_t)number_of(from, "time");
	snprintf(m->comm, sizeof(m->comm), "%s", text_of(from, "comm"));
	snprintf(miss.boot, sizeof(miss.boot), "%s", text_of(from, "boot"));
	for (m->outcome = 0; m->outcome < EVG_OUTCOME_DRILLED; m->outcome++)
		if (!strcmp(text_of(from, "outcome"), outcome_name[m->outcome]))
			break;
	if (fits(d, m))
		add(&d->ledger, &miss);
}

static void load(struct daemon *d)
{
	struct json_object *all, *misses;
	char path[PATH_MAX + 16];
	size_t i;

	home_path(d, LEDGER_FILE, path, sizeof(path));
	all = json_object_from_file(path);
	if (json_object_object_get_ex(all, "misses", &misses) &&
	    json_object_is_type(misses, json_type_array))
		for (i = 0; i < json_object_array_length(misses); i++)
			load_one(d, json_object_array_get_idx(misses, i));
	json_object_put(all);
}

static void read_boot(struct ledger *l)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file || fscanf(file, "%39s", l->boot) != 1)
		l->boot[0] = '\0';
	if (file)
		fclose(file);
}

/* All but what a drill missed, which is for the drill to fetch: it must find its
 * next run as it left it.
 */
static void requeue(struct daemon *d)
{
	struct ledger *l = &d->ledger;
	const struct evgnl_miss *m;
	size_t i, n = 0;

	l->blocks = 0;
	for (i = 0; i < l->n; i++) {
		m = &l->miss[i].m;
		if (m->outcome == EVG_OUTCOME_DRILLED)
			continue;
		l->range[n].first = m->first;
		l->range[n++].count = m->count;
		l->blocks += m->count;
	}
	l->list.class = QUEUE_LEDGER;
	l->list.range = l->range;
	l->list.ranges = n;
	l->list.absent = 0;
	queue_put(&d->prefetch.queue, &l->list);
}

void ledger_start(struct daemon *d)
{
	struct ledger *l = &d->ledger;

	l->miss = calloc(EVG_LEDGER_MAX, sizeof(*l->miss));
	l->range = calloc(EVG_LEDGER_MAX, sizeof(*l->range));
	if (!l->miss || !l->range) {
		free(l->miss);
		l->miss = NULL;
		return;
	}
	read_boot(l);
	load(d);
	requeue(d);
}

static bool is_same(const struct ledger_miss *a, const struct ledger_miss *b)
{
	return a->m.first == b->m.first && a->m.pid == b->m.pid &&
	       !strcmp(a->m.comm, b->m.comm) &&
	       a->time >= b->time - SAME_S && a->time <= b->time + SAME_S;
}

/* The kernel tells a miss that has grown again. */
static struct ledger_miss *find(const struct ledger *l,
				const struct ledger_miss *miss)
{
	struct ledger_miss *old = l->miss + l->n;

	while (old-- > l->miss)
		if (is_same(old, miss))
			return old;
	return NULL;
}

static void put_number(struct json_object *to, const char *name,
		       uint64_t value)
{
	json_object_object_add(to, name, json_object_new_uint64(value));
}

static void put_text(struct json_object *to, const char *name, const char *text)
{
	char utf8[EVG_COMM_MAX + 64];

	json_object_object_add(to, name,
			       json_object_new_string(plain_utf8(utf8, sizeof(utf8), text)));
}

static struct json_object *as_object(const struct ledger_miss *miss)
{
	struct json_object *one = json_object_new_object();

	put_text(one, "boot", miss->boot);
	put_number(one, "seq", miss->m.seq);
	put_number(one, "first", miss->m.first);
	put_number(one, "count", miss->m.count);
	put_text(one, "comm", miss->m.comm);
	put_number(one, "pid", miss->m.pid);
	put_number(one, "time", (uint64_t)miss->time);
	put_text(one, "outcome", outcome_name[miss->m.outcome]);
	return one;
}

static char *as_text(const struct ledger *l)
{
	char *text = NULL;
	size_t i, bytes;
	FILE *out = open_memstream(&text, &bytes);
	struct json_object *one;

	if (!out)
		return NULL;
	fputs("{\"version\":1,\"misses\":[", out);
	for (i = 0; i < l->n; i++) {
		one = as_object(&l->miss[i]);
		fprintf(out, "%s\n%s", i ? "," : "",
			json_object_to_json_string_ext(one,
						       JSON_C_TO_STRING_PLAIN));
		json_object_put(one);
	}
	fputs("\n]}\n", out);
	if (fclose(out)) {
		free(text);
		return NULL;
	}
	return text;
}

static void save_work(uv_work_t *work)
{
	struct daemon *d = work->data;

	home_write(d, LEDGER_FILE, d->ledger.saving, strlen(d->ledger.saving));
}

static void save_later(struct daemon *d);

static void save_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;

	(void)status;
	free(d->ledger.saving);
	d->ledger.saving = NULL;
	save_later(d);
}

static void save_later(struct daemon *d)
{
	struct ledger *l = &d->ledger;

	if (!l->changed || l->saving)
		return;
	l->saving = as_text(l);
	if (!l->saving)
		return;
	l->changed = false;
	l->work.data = d;
	uv_queue_work(&d->loop, &l->work, save_work, save_after);
}

void ledger_save(struct daemon *d)
{
	char *text = d->ledger.changed ? as_text(&d->ledger) : NULL;

	if (text)
		home_write(d, LEDGER_FILE, text, strlen(text));
	free(text);
}

static void take(struct daemon *d, const struct evgnl_miss *m)
{
	struct ledger *l = &d->ledger;
	struct ledger_miss miss = { .m = *m }, *old;

	miss.time = (int64_t)time(NULL) - (int64_t)(m->age_ms / 1000);
	memcpy(miss.boot, l->boot, sizeof(miss.boot));
	if (m->outcome > EVG_OUTCOME_DRILLED || !fits(d, m))
		return;
	old = find(l, &miss);
	if (old && old->m.count >= m->count)
		return;
	if (old)
		*old = miss;
	else
		add(l, &miss);
	l->changed = true;
}

void ledger_ask(struct daemon *d)
{
	struct ledger *l = &d->ledger;
	static struct evgnl_miss miss[EVG_LEDGER_MAX];
	int i, n;

	if (!l->miss || !d->look.nl)
		return;
	n = evgnl_misses(d->look.nl, d->index, l->seq, miss, EVG_LEDGER_MAX);
	if (n < 0)
		log_debug("misses: %s", evgnl_error(d->look.nl));
	for (i = 0; i < n; i++) {
		l->seq = miss[i].seq;
		take(d, &miss[i]);
	}
	if (!l->changed)
		return;
	requeue(d);
	save_later(d);
	transfers_kick(d);
}
