// SPDX-License-Identifier: GPL-2.0
#include "ahead.h"

#include <string.h>

#include "control.h"
#include "share.h"
#include "text.h"
#include "view.h"

void ahead_make(struct ahead *ahead, struct evgnl *nl,
		const struct evgnl_disk *disk, unsigned int control_ms)
{
	struct view view;

	memset(ahead, 0, sizeof(*ahead));
	if (!view_look(&view, nl, disk, ahead->unknown, sizeof(ahead->unknown)))
		view_count_ready(&view, &ahead->ready, &ahead->functions);
	view_close(&view);
	ahead->offline_share = share_offline(nl, disk);
	if (control_ask_within(disk->index, "status", control_ms, &ahead->helper))
		snprintf(ahead->silent, sizeof(ahead->silent), "%s",
			 control_error());
}

void ahead_free(struct ahead *ahead)
{
	json_object_put(ahead->helper);
}

/* The value itself, or null where there is none. */
static void add_same(struct json_object *to, struct json_object *from,
		     const char *key)
{
	struct json_object *value = NULL;

	if (from)
		json_object_object_get_ex(from, key, &value);
	json_object_object_add(to, key, json_object_get(value));
}

void ahead_add(const struct ahead *ahead, struct json_object *to)
{
	static const char * const keys[] = {
		"phase", "latency_ms", "rate_bps", "prefetch", "hydrate",
		"rate", "quota", "used", "quota_tight", "cache_refuses",
		"server_bad", "cache_bad", "leaving_s", NULL,
	};
	struct json_object *none = NULL;
	size_t i;

	json_object_object_add(to, "functions_ready", ahead->unknown[0] ? none :
			       json_object_new_uint64(ahead->ready));
	json_object_object_add(to, "functions", ahead->unknown[0] ? none :
			       json_object_new_uint64(ahead->functions));
	json_object_object_add(to, "offline_share", ahead->offline_share < 0 ?
			       none : json_object_new_double(ahead->offline_share));
	json_object_object_add(to, "helper_answers",
			       json_object_new_boolean(!!ahead->helper));
	for (i = 0; keys[i]; i++)
		add_same(to, ahead->helper, keys[i]);
}

const char *ahead_prefetch(const struct ahead *ahead, char text[AHEAD_PREFETCH])
{
	char queued[TEXT_BYTES], fetched[TEXT_BYTES];
	struct json_object *prefetch;
	const char *doing;
	double left, done;

	if (!json_object_object_get_ex(ahead->helper, "prefetch", &prefetch)) {
		snprintf(text, AHEAD_PREFETCH, "unknown");
		return text;
	}
	doing = control_text(prefetch, "doing");
	left = control_number(prefetch, "queued_bytes");
	done = control_number(prefetch, "fetched_bytes");
	text_bytes(queued, left > 0 ? (unsigned long long)left : 0);
	text_bytes(fetched, done > 0 ? (unsigned long long)done : 0);
	if (doing)
		snprintf(text, AHEAD_PREFETCH, "%.64s, %.32s to go, %.32s done",
			 doing, queued, fetched);
	else if (left > 0)
		snprintf(text, AHEAD_PREFETCH, "waits, %.32s to go, %.32s done",
			 queued, fetched);
	else
		snprintf(text, AHEAD_PREFETCH, "nothing to do, %.32s done", fetched);
	return text;
}

/* Blocks in a list of ranges of the helper's answer. */
static unsigned long long blocks_of(const struct ahead *ahead, const char *key)
{
	struct json_object *array;
	unsigned long long n = 0;
	size_t i;

	if (!json_object_object_get_ex(ahead->helper, key, &array) ||
	    !json_object_is_type(array, json_type_array))
		return 0;
	for (i = 0; i < json_object_array_length(array); i++)
		n += (unsigned long long)
			control_number(json_object_array_get_idx(array, i),
				       "count");
	return n;
}

static void print_troubles(const struct ahead *ahead,
			   const struct evgnl_disk *disk, FILE *out)
{
	const char *refuses = control_text(ahead->helper, "cache_refuses");
	unsigned long long server = blocks_of(ahead, "server_bad");
	unsigned long long cache = blocks_of(ahead, "cache_bad");
	char text[TEXT_BYTES];

	if (refuses)
		fprintf(out, "  keeps     nothing: the cache takes no writes: %s\n",
			refuses);
	if (server)
		fprintf(out,
			"  bad       %s that the server cannot read; 'evergreen why evg%u' names the files\n",
			text_bytes(text, server * EVG_BLOCK_SIZE), disk->index);
	if (cache)
		fprintf(out,
			"  bad       %s that the cache cannot hold; 'evergreen why evg%u' names the files\n",
			text_bytes(text, cache * EVG_BLOCK_SIZE), disk->index);
}

static void print_limits(const struct ahead *ahead, FILE *out)
{
	double rate = control_number(ahead->helper, "rate");
	double quota = control_number(ahead->helper, "quota");
	double used = control_number(ahead->helper, "used");
	double leaving = control_number(ahead->helper, "leaving_s");
	const char *hydrate = control_text(ahead->helper, "hydrate");
	const char *tight = control_text(ahead->helper, "quota_tight");
	char text[TEXT_BYTES], limit[TEXT_BYTES];

	if (hydrate && !strcmp(hydrate, "true"))
		fprintf(out, "  hydrate   the whole image, in the background\n");
	if (rate > 0)
		fprintf(out, "  rate      at most %s/s for what nobody waits for\n",
			text_bytes(text, (unsigned long long)rate));
	if (quota > 0)
		fprintf(out, "  quota     %s, %s used%s\n",
			text_bytes(limit, (unsigned long long)quota),
			text_bytes(text, used > 0 ? (unsigned long long)used : 0),
			tight && !strcmp(tight, "true") ?
			"; what is pinned leaves too little of it" : "");
	if (leaving > 0)
		fprintf(out, "  leaving   in %s\n",
			text_ms(text, (unsigned long long)(leaving * 1000)));
}

void ahead_print(const struct ahead *ahead, const struct evgnl_disk *disk,
		 FILE *out)
{
	char prefetch[AHEAD_PREFETCH];

	if (!disk->cache[0]) {
		fprintf(out, "  more      is for root, where the disk was attached\n");
		return;
	}
	if (ahead->unknown[0])
		fprintf(out, "  ready     unknown: %s\n", ahead->unknown);
	else if (ahead->functions)
		fprintf(out,
			"  ready     %zu of %zu functions; 'evergreen ready evg%u' shows them\n",
			ahead->ready, ahead->functions, disk->index);
	if (ahead->offline_share >= 0)
		fprintf(out, "  offline   about %d %% of reads would be served\n",
			(int)(ahead->offline_share * 100));
	if (!ahead->helper) {
		if (disk->helper_port)
			fprintf(out, "  prefetch  unknown: %s\n", ahead->silent);
		return;
	}
	fprintf(out, "  prefetch  %s\n", ahead_prefetch(ahead, prefetch));
	print_limits(ahead, out);
	print_troubles(ahead, disk, out);
}
