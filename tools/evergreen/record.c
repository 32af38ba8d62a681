// SPDX-License-Identifier: GPL-2.0
#include "record.h"

#include <string.h>

#include "cache.h"
#include "text.h"

static const char * const stat_names[EVG_S_MAX + 1] = {
	[EVG_S_HITS]		= "hits",
	[EVG_S_HIT_BYTES]	= "hit_bytes",
	[EVG_S_MISSES]		= "misses",
	[EVG_S_FETCHES]		= "fetches",
	[EVG_S_FILLED]		= "filled_bytes",
	[EVG_S_INLINED]		= "inlined_bytes",
	[EVG_S_FAILED]		= "failed",
	[EVG_S_PARKED]		= "parked",
	[EVG_S_OUTAGES]		= "outages",
	[EVG_S_WAIT_MAX_MS]	= "wait_max_ms",
	[EVG_S_IO_ERRORS]	= "io_errors",
	[EVG_S_EVICTED]		= "evicted_bytes",
	[EVG_S_LEDGER]		= "ledger_seq",
	[EVG_S_UNREAD]		= "unread_pages",
};

static const struct {
	const char *name;
	const char *text;		/* for people, if there is something to do */
} savings[__EVG_SAVING_STATES] = {
	[EVG_SAVING_OK]		= { "ok", NULL },
	[EVG_SAVING_RETRYING]	= { "retrying",
		"the map cannot be written, which is tried again; see 'dmesg'" },
	[EVG_SAVING_STOPPED]	= { "stopped",
		"the cache's device failed: what is fetched now is forgotten at detach; see 'dmesg'" },
};

static unsigned int saving_of(const struct evgnl_disk *disk)
{
	return disk->saving < __EVG_SAVING_STATES ? disk->saving :
						    EVG_SAVING_STOPPED;
}

static const char *count_cached(struct record *record)
{
	struct cache_count count;
	struct cache cache;
	const char *why = NULL;

	if (!record->disk.cache[0])
		return "the module does not say where the cache is";
	if (cache_open(&cache, record->disk.cache, true))
		return cache_error();
	if (memcmp(cache.header.uuid, record->disk.uuid,
		   sizeof(cache.header.uuid)))
		why = "another cache is at that path now";
	else if (cache_count(&cache, &count))
		why = cache_error();
	else
		record->cached = count.present;
	cache_close(&cache);
	return why;
}

void record_make(struct record *record, const struct evgnl_disk *disk)
{
	const char *why;

	memset(record, 0, sizeof(*record));
	record->disk = *disk;
	record->blocks = evgnl_blocks(disk);
	why = count_cached(record);
	if (why)
		snprintf(record->unknown, sizeof(record->unknown), "%s", why);
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	json_object_object_add(to, key, json_object_new_string(text));
}

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	json_object_object_add(to, key, json_object_new_uint64(number));
}

static void add_null(struct json_object *to, const char *key)
{
	json_object_object_add(to, key, NULL);
}

/* What the kernel does not tell everybody. */
static void add_private(struct json_object *to, const char *key, const char *text)
{
	if (text[0])
		add_text(to, key, text);
	else
		add_null(to, key);
}

static void add_uuid(struct json_object *to, const uint8_t uuid[16])
{
	char text[40];
	int i, at = 0;

	for (i = 0; i < 16; i++)
		at += snprintf(text + at, sizeof(text) - at, "%s%02x",
			       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			       uuid[i]);
	add_text(to, "cache_uuid", text);
}

static void add_link(struct json_object *to, const struct evgnl_disk *disk)
{
	int64_t fail_in = text_fail_in_ms(disk->state, disk->outage_ms,
					  disk->grace_ms);

	add_text(to, "link_state", evgnl_state_name(disk->state));
	add_number(to, "outage_ms", disk->outage_ms);
	if (fail_in < 0)
		add_null(to, "misses_fail_in_ms");
	else
		add_number(to, "misses_fail_in_ms", fail_in);
	if (disk->grace_ms == EVG_GRACE_INF)
		add_null(to, "grace_ms");
	else
		add_number(to, "grace_ms", disk->grace_ms);
	add_number(to, "detect_ms", disk->detect_ms);
	add_number(to, "generation", disk->generation);
	if (disk->proof[0])
		add_text(to, "proof", disk->proof);
	else
		add_null(to, "proof");
	if (disk->helper_port)
		add_number(to, "helper_pid", disk->helper_pid);
	else
		add_null(to, "helper_pid");
}

struct json_object *record_json(const struct record *record)
{
	struct json_object *object = json_object_new_object();
	struct json_object *stats = json_object_new_object();
	const struct evgnl_disk *disk = &record->disk;
	char text[TEXT_BYTES];
	int i;

	snprintf(text, sizeof(text), "evg%u", disk->index);
	add_text(object, "name", text);
	snprintf(text, sizeof(text), "/dev/evg%u", disk->index);
	add_text(object, "device", text);
	add_number(object, "size_bytes", disk->size_bytes);
	add_private(object, "source", disk->source);
	add_private(object, "cache", disk->cache);
	add_uuid(object, disk->uuid);
	add_number(object, "blocks", record->blocks);
	if (record->unknown[0])
		add_null(object, "cached_blocks");
	else
		add_number(object, "cached_blocks", record->cached);
	add_text(object, "saving", savings[saving_of(disk)].name);
	add_link(object, disk);
	for (i = 0; i <= EVG_S_MAX; i++)
		if (stat_names[i])
			add_number(stats, stat_names[i], disk->stat[i]);
	json_object_object_add(object, "stats", stats);
	return object;
}

void json_print(struct json_object *object, FILE *out)
{
	fprintf(out, "%s\n",
		json_object_to_json_string_ext(object,
					       JSON_C_TO_STRING_PLAIN |
					       JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

void record_print_heading(FILE *out)
{
	fprintf(out, "%-6s %9s %-10s %8s %8s %10s %10s  %s\n", "NAME", "SIZE",
		"STATE", "CACHED", "GRACE", "HITS", "MISSES", "SOURCE");
}

void record_print_line(const struct record *record, FILE *out)
{
	const struct evgnl_disk *disk = &record->disk;
	char name[16], size[TEXT_BYTES], share[TEXT_BYTES], grace[TEXT_BYTES];

	snprintf(name, sizeof(name), "evg%u", disk->index);
	text_share(share, record->cached, record->blocks);
	fprintf(out, "%-6s %9s %-10s %8s %8s %10ju %10ju  %s\n", name,
		text_bytes(size, disk->size_bytes),
		evgnl_state_name(disk->state),
		record->unknown[0] ? "?" : share,
		text_ms(grace, disk->grace_ms),
		(uintmax_t)disk->stat[EVG_S_HITS],
		(uintmax_t)disk->stat[EVG_S_MISSES], disk->source);
}

static void print_cached(const struct record *record, FILE *out)
{
	char share[TEXT_BYTES], bytes[TEXT_BYTES];

	if (record->unknown[0])
		fprintf(out, "  cached    unknown: %s\n", record->unknown);
	else
		fprintf(out, "  cached    %s of it, %s\n",
			text_share(share, record->cached, record->blocks),
			text_bytes(bytes, record->cached * EVG_BLOCK_SIZE));
}

static void print_stats(const uint64_t *stat, FILE *out)
{
	char bytes[TEXT_BYTES], inlined[TEXT_BYTES], wait[TEXT_BYTES];

	fprintf(out, "  hits      %ju, %s\n", (uintmax_t)stat[EVG_S_HITS],
		text_bytes(bytes, stat[EVG_S_HIT_BYTES]));
	fprintf(out, "  misses    %ju; %ju failed, %ju waiting now, the longest waited %s\n",
		(uintmax_t)stat[EVG_S_MISSES], (uintmax_t)stat[EVG_S_FAILED],
		(uintmax_t)stat[EVG_S_PARKED],
		text_ms(wait, stat[EVG_S_WAIT_MAX_MS]));
	fprintf(out, "  fetched   %s in %ju fetches; %s passed on uncached\n",
		text_bytes(bytes, stat[EVG_S_FILLED]),
		(uintmax_t)stat[EVG_S_FETCHES],
		text_bytes(inlined, stat[EVG_S_INLINED]));
	fprintf(out, "  outages   %ju\n", (uintmax_t)stat[EVG_S_OUTAGES]);
	if (stat[EVG_S_IO_ERRORS])
		fprintf(out, "  errors    the cache failed %ju times; see 'dmesg'\n",
			(uintmax_t)stat[EVG_S_IO_ERRORS]);
}

static void print_helper(const struct evgnl_disk *disk, FILE *out)
{
	if (!disk->helper_port)
		fprintf(out, "  helper    none; 'evergreen attach --name evg%u' starts one\n",
			disk->index);
	else if (!disk->helper_pid)
		fprintf(out, "  helper    evergreend\n");
	else
		fprintf(out, "  helper    evergreend, process %u\n", disk->helper_pid);
}

void record_print_block(const struct record *record, FILE *out)
{
	const struct evgnl_disk *disk = &record->disk;
	char text[TEXT_BYTES];

	fprintf(out, "/dev/evg%u  %s\n", disk->index,
		text_bytes(text, disk->size_bytes));
	fprintf(out, "  link      %s\n",
		text_link(text, disk->state, disk->outage_ms, disk->grace_ms));
	if (disk->state == EVG_LINK_STALE)
		fprintf(out, "            'evergreen reset evg%u' compares again\n",
			disk->index);
	if (disk->source[0])
		fprintf(out, "  source    %s\n", disk->source);
	fprintf(out, "  identity  %s\n",
		disk->proof[0] ? disk->proof : "not proved since it was attached");
	print_helper(disk, out);
	if (disk->cache[0]) {
		fprintf(out, "  cache     %s\n", disk->cache);
		print_cached(record, out);
	}
	if (savings[saving_of(disk)].text)
		fprintf(out, "  saving    %s\n", savings[saving_of(disk)].text);
	if (disk->stat[EVG_S_UNREAD])
		fprintf(out, "  unread    %ju pages of the map: their blocks count as absent, and nothing there is evicted; see 'dmesg'\n",
			(uintmax_t)disk->stat[EVG_S_UNREAD]);
	fprintf(out, "  grace     %s\n", text_ms(text, disk->grace_ms));
	fprintf(out, "  detect    %s\n", text_ms(text, disk->detect_ms));
	print_stats(disk->stat, out);
}
