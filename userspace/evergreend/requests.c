// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "requests.h"

#include <errno.h>
#include <json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "daemon.h"
#include "keep.h"
#include "prefetch.h"
#include "reload.h"
#include "transfer.h"

enum {
	BLOCK		= 4096,
	LEAVING_MAX_S	= 7 * 24 * 3600,
};

static const char *const phase_name[] = {
	[PHASE_DOWN] = "down",
	[PHASE_PROVING] = "proving",
	[PHASE_UP] = "up",
	[PHASE_STALE] = "stale",
};

/* Takes REPLY over. */
static char *as_line(struct json_object *reply)
{
	char *line = NULL;

	if (asprintf(&line, "%s\n",
		     json_object_to_json_string_ext(reply,
						    JSON_C_TO_STRING_PLAIN)) < 0)
		line = NULL;
	json_object_put(reply);
	return line;
}

static struct json_object *new_reply(bool ok)
{
	struct json_object *reply = json_object_new_object();

	json_object_object_add(reply, "ok", json_object_new_boolean(ok));
	return reply;
}

char *requests_ok(void)
{
	return as_line(new_reply(true));
}

char *requests_refuse(const char *why)
{
	struct json_object *reply = new_reply(false);

	json_object_object_add(reply, "error", json_object_new_string(why));
	return as_line(reply);
}

static void add(struct json_object *to, const char *name, uint64_t value)
{
	json_object_object_add(to, name, json_object_new_uint64(value));
}

static void add_text(struct json_object *to, const char *name, const char *text)
{
	json_object_object_add(to, name,
			       text ? json_object_new_string(text) : NULL);
}

static void add_unless(struct json_object *to, const char *name, uint64_t value,
		       uint64_t none)
{
	if (value == none)
		json_object_object_add(to, name, NULL);
	else
		add(to, name, value);
}

static void add_link(const struct daemon *d, struct json_object *reply)
{
	const struct detector *best = NULL;
	struct conn *c;

	for (c = d->link.conns; c; c = c->next)
		if (!c->dead && (!best || c->detector.rate > best->rate))
			best = &c->detector;
	add_text(reply, "phase", phase_name[d->link.phase]);
	add_text(reply, "link", evgnl_state_name(d->session.state));
	json_object_object_add(reply, "latency_ms", best && best->srtt_ns ?
			       json_object_new_double((double)best->srtt_ns / 1e6) :
			       NULL);
	add_unless(reply, "rate_bps", best ? best->rate * 8 : 0, 0);
}

static void add_functions(const struct daemon *d, struct json_object *reply)
{
	struct json_object *list = json_object_new_array(), *one;
	const struct loaded *l = d->functions.loaded;
	size_t i;

	for (i = 0; i < d->functions.n; i++, l++) {
		one = json_object_new_object();
		add_text(one, "name", l->f.name);
		add(one, "bytes", l->f.blocks * BLOCK);
		if (l->counted)
			add(one, "absent_bytes", l->list.absent * BLOCK);
		else
			json_object_object_add(one, "absent_bytes", NULL);
		json_object_array_add(list, one);
	}
	json_object_object_add(reply, "functions", list);
}

/* Why the cache keeps nothing; NULL: it does. */
static const char *refusal(const struct daemon *d)
{
	if (d->cache.read_only)
		return strerror(EROFS);
	return d->refusal ? strerror(d->refusal) : NULL;
}

static void add_spots(struct json_object *reply, const char *name,
		      const struct spots *s)
{
	struct json_object *list = json_object_new_array(), *one;
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		one = json_object_new_object();
		add(one, "first", s->range[i].first);
		add(one, "count", s->range[i].count);
		json_object_array_add(list, one);
	}
	json_object_object_add(reply, name, list);
}

static char *say_status(struct daemon *d)
{
	struct json_object *reply = new_reply(true);
	struct json_object *prefetch = json_object_new_object();

	add_link(d, reply);
	add_text(prefetch, "doing", prefetch_doing(d));
	add(prefetch, "queued_bytes", prefetch_queued_bytes(d));
	add(prefetch, "fetched_bytes", d->prefetch.fetched_bytes);
	json_object_object_add(reply, "prefetch", prefetch);
	json_object_object_add(reply, "hydrate",
			       json_object_new_boolean(d->options.hydrate));
	add_unless(reply, "rate", d->options.rate, 0);
	add_unless(reply, "quota", keep_quota(d), 0);
	add(reply, "used", keep_used(d));
	json_object_object_add(reply, "quota_tight",
			       json_object_new_boolean(keep_is_tight(d)));
	add_text(reply, "cache_refuses", refusal(d));
	add_spots(reply, "server_bad", &d->bad);
	add_spots(reply, "cache_bad", &d->unkept);
	add(reply, "leaving_s", prefetch_leaving_s(d));
	add_text(reply, "home", d->home);
	add_functions(d, reply);
	return as_line(reply);
}

/* The rest of LINE after the words, and blanks; NULL: it begins otherwise. */
static const char *after(const char *line, const char *words)
{
	size_t n = strlen(words);

	if (strncmp(line, words, n) || line[n] != ' ')
		return NULL;
	return line + n + 1;
}

static bool is_number(const char *text, uint64_t most, uint64_t *value)
{
	char *end;

	errno = 0;
	*value = strtoull(text, &end, 10);
	return !errno && *text >= '0' && *text <= '9' && !*end &&
	       *value <= most;
}

static char *set_hydrate(struct daemon *d, const char *value)
{
	if (strcmp(value, "on") && strcmp(value, "off"))
		return requests_refuse("set hydrate: 'on' or 'off' is wanted");
	prefetch_set_hydrate(d, !strcmp(value, "on"));
	return requests_ok();
}

static char *set_rate(struct daemon *d, const char *value)
{
	uint64_t rate = 0;

	if (strcmp(value, "none") &&
	    (!is_number(value, RATE_MAX, &rate) || !rate))
		return requests_refuse("set rate: bytes a second, or 'none', are wanted");
	prefetch_set_rate(d, rate);
	return requests_ok();
}

static char *set_quota(struct daemon *d, const char *value)
{
	uint64_t quota = 0;
	const char *why;

	if (strcmp(value, "none") &&
	    (!is_number(value, INT64_MAX, &quota) || !quota))
		return requests_refuse("set quota: bytes, or 'none', are wanted");
	why = keep_set_quota(d, quota);
	if (why)
		return requests_refuse(why);
	prefetch_requeue(d);
	transfers_kick(d);
	return requests_ok();
}

static char *leave(struct daemon *d, const char *value)
{
	uint64_t seconds;

	if (!is_number(value, LEAVING_MAX_S, &seconds))
		return requests_refuse("leaving: seconds, at most a week, are wanted");
	prefetch_leave(d, (uint32_t)seconds);
	return requests_ok();
}

static char *ask_function(struct daemon *d, const char *name)
{
	if (prefetch_ask(d, name))
		return requests_refuse("prefetch: there is no such function");
	return requests_ok();
}

static const struct {
	const char *words;
	char *(*answer)(struct daemon *d, const char *value);
} with_value[] = {
	{ "prefetch", ask_function },
	{ "set hydrate", set_hydrate },
	{ "set rate", set_rate },
	{ "set quota", set_quota },
	{ "leaving", leave },
	{ NULL, NULL }
};

char *requests_answer(struct daemon *d, const char *line, bool *later)
{
	const char *value;
	size_t i;

	if (!strcmp(line, "status"))
		return say_status(d);
	if (!strcmp(line, "reload")) {
		*later = true;
		reload_start(d);
		return NULL;
	}
	for (i = 0; with_value[i].words; i++) {
		value = after(line, with_value[i].words);
		if (value)
			return with_value[i].answer(d, value);
	}
	return requests_refuse("no such request");
}
