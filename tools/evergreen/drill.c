// SPDX-License-Identifier: GPL-2.0
/*
 * A function is run with its misses made to fail, for it alone, again and
 * again, until it has none: then it is a tested promise that it runs offline.
 *
 * A program ends at the first thing that it cannot read, so that one round shows
 * no more than that.  Therefore, after a round that missed something, the command
 * is recorded once with its misses served; the next round is the proof.
 */
#include "evergreen.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cell.h"
#include "needs.h"
#include "parse.h"
#include "place.h"
#include "pull.h"
#include "record.h"
#include "recording.h"
#include "text.h"

enum { ROUNDS = 10, ROUNDS_MAX = 1000, SHOWN = 12 };

struct drill {
	struct evgnl *nl;
	struct place place;
	struct function f;
	struct cell cell;
	char **command;
	bool json;
	unsigned int rounds;
	unsigned int round;
	int ended;			/* status of the last run */
	bool green;
	uint64_t added;			/* blocks */
	struct json_object *told;	/* of each round */
};

/* Runs once; what it missed is in *misses. */
static int run_once(struct drill *drill, struct misses *misses)
{
	uint32_t index = drill->place.disk.index;
	size_t i, n = 0;
	uint64_t seq;

	if (evgnl_get(drill->nl, index, &drill->place.disk))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(drill->nl));
	seq = drill->place.disk.stat[EVG_S_LEDGER];
	/* What is in memory would hide what is missing. */
	if (recording_drop_caches() ||
	    cell_run(&drill->cell, drill->command, drill->json, &drill->ended))
		return EXIT_FAILED;
	cell_empty(&drill->cell);
	if (misses_of_kernel(misses, drill->nl, index, seq) < 0)
		return say_failure("/dev/evg%u: %s", index, evgnl_error(drill->nl));
	for (i = 0; i < misses->count; i++)
		if (misses->miss[i].outcome == EVG_OUTCOME_DRILLED)
			misses->miss[n++] = misses->miss[i];
	misses->count = n;
	return EXIT_OK;
}

static void tell_json(struct drill *drill, const struct needs *needs)
{
	struct json_object *round = json_object_new_object();
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < needs->count; i++)
		json_object_array_add(rows, need_json(&needs->need[i]));
	json_object_object_add(round, "missing_bytes",
			       json_object_new_uint64(needs->blocks * EVG_BLOCK_SIZE));
	json_object_object_add(round, "exit_status",
			       json_object_new_int(drill->ended));
	json_object_object_add(round, "missing", rows);
	json_object_array_add(drill->told, round);
}

static void tell_text(const struct drill *drill, const struct needs *needs)
{
	char bytes[TEXT_BYTES], what[RESOLVE_TEXT];
	size_t i;

	printf("round %u: ", drill->round);
	if (needs->count)
		printf("%s of %zu files missing; ",
		       text_bytes(bytes, needs->blocks * EVG_BLOCK_SIZE),
		       needs->count);
	else
		printf("nothing missing; ");
	printf("the command ended with status %d\n", drill->ended);
	for (i = 0; i < needs->count && i < SHOWN; i++)
		printf("  %9s  %s\n",
		       text_bytes(bytes, needs->need[i].blocks * EVG_BLOCK_SIZE),
		       resolve_text(needs->need[i].what, what));
	if (needs->count > SHOWN)
		printf("  and %zu more\n", needs->count - SHOWN);
}

static int run_command(void *arg, int *error)
{
	const struct drill *drill = arg;

	if (drill->json)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(drill->command[0], drill->command);
	*error = errno;
	return EXIT_FAILED;
}

/* Outside the group, where it is served; all that it reads is added. */
static int learn(struct drill *drill)
{
	struct recording r = { 0 };
	struct ending ending = { 0 };
	int status;

	status = recording_begin(&r, &drill->place, &drill->f, "drill",
				 TRACE_BUFFER_KIB);
	if (status)
		return status;
	status = recording_uncover(&r);
	if (!status)
		status = recording_run(&r, run_command, drill, &ending);
	if (!status)
		status = recording_sweep(&r);
	if (!status)
		status = recording_end(&r);
	else
		recording_drop(&r);
	if (!status && ending.error)
		status = say_failure("%s cannot be run: %s", drill->command[0],
				     strerror(ending.error));
	return status;
}

/* What of a function is not there is read, by us, who are served. */
static int pull_absent(struct drill *drill, const struct function *f)
{
	struct presence *presence = presence_open(drill->nl, &drill->place.disk);
	struct evgnl_range range;
	int status = EXIT_OK;
	uint64_t present;
	size_t i;

	if (!presence)
		return say_failure("out of memory");
	for (i = 0; !status && i < f->ranges; i++) {
		range.first = f->range[i].first;
		range.count = f->range[i].count;
		if (presence_count(presence, range.first, range.count, &present))
			status = say_failure("/dev/evg%u: %s",
					     drill->place.disk.index,
					     evgnl_error(drill->nl));
		else if (present < range.count)
			status = pull_blocks(&drill->place.disk, &range, 1);
	}
	presence_close(presence);
	return status;
}

/* Then the function has them, on disk, too. */
static int mend(struct drill *drill, const struct needs *needs)
{
	uint64_t before = drill->f.blocks;
	char bytes[TEXT_BYTES];
	const struct need *need;
	size_t i, j;

	if (drill->place.disk.state != EVG_LINK_ONLINE &&
	    drill->place.disk.state != EVG_LINK_SUSPECT)
		return say_failure("/dev/evg%u is %s: what is missing cannot be fetched now",
				   drill->place.disk.index,
				   evgnl_state_name(drill->place.disk.state));
	for (i = 0; i < needs->count; i++) {
		need = &needs->need[i];
		for (j = 0; j < need->ranges; j++)
			if (function_add(&drill->f, need->range[j].first,
					 need->range[j].count))
				return say_failure("%s", function_error());
	}
	if (pull_absent(drill, &drill->f) || learn(drill) ||
	    pull_absent(drill, &drill->f))
		return EXIT_FAILED;
	before = drill->f.blocks - before;
	drill->added += before;
	if (!drill->json)
		printf("fetched; run with the link up it needed %s that were not known\n",
		       text_bytes(bytes, before * EVG_BLOCK_SIZE));
	return place_add(&drill->place, &drill->f);
}

/* A cache without room passes on what it fetches and keeps nothing. */
static int check_kept(struct drill *drill, struct needs *needs)
{
	struct presence *presence = presence_open(drill->nl, &drill->place.disk);
	int err = presence ? needs_count(needs, presence) : -ENOMEM;

	presence_close(presence);
	if (err)
		return say_failure("/dev/evg%u: %s", drill->place.disk.index,
				   presence ? evgnl_error(drill->nl) : "out of memory");
	if (needs->present < needs->blocks)
		return say_failure("what was missing is fetched but not kept; is the cache full?");
	return EXIT_OK;
}

static int do_round(struct drill *drill)
{
	struct misses misses = { 0 };
	struct needs needs = { 0 };
	int status, err;

	status = run_once(drill, &misses);
	if (!status) {
		err = needs_make(&needs, &drill->place.disk, &misses);
		if (err)
			status = say_failure("cannot look up what was missing: %s",
					     strerror(-err));
	}
	misses_free(&misses);
	if (!status && drill->json)
		tell_json(drill, &needs);
	else if (!status)
		tell_text(drill, &needs);
	drill->green = !status && !needs.count;
	if (!status && needs.count) {
		status = mend(drill, &needs);
		if (!status)
			status = check_kept(drill, &needs);
	}
	needs_free(&needs);
	return status;
}

static int tell_end(const struct drill *drill)
{
	bool well = drill->green && !drill->ended;
	char added[TEXT_BYTES], size[TEXT_BYTES];
	struct json_object *end;

	if (drill->json) {
		end = json_object_new_object();
		json_object_object_add(end, "function",
				       json_object_new_string(drill->f.name));
		json_object_object_add(end, "green", json_object_new_boolean(well));
		json_object_object_add(end, "exit_status",
				       json_object_new_int(drill->ended));
		json_object_object_add(end, "added_bytes",
				       json_object_new_uint64(drill->added * EVG_BLOCK_SIZE));
		json_object_object_add(end, "rounds", json_object_get(drill->told));
		json_print(end, stdout);
	} else {
		printf("%s: %s; %s were added, it has %s\n", drill->f.name,
		       well ? "green, it runs with the link cut" : "not green",
		       text_bytes(added, drill->added * EVG_BLOCK_SIZE),
		       text_bytes(size, drill->f.blocks * EVG_BLOCK_SIZE));
	}
	if (!drill->green)
		return say_failure("%s missed something in each of %u rounds; try more --rounds",
				   drill->f.name, drill->round);
	if (drill->ended)
		return say_failure("nothing was missing, but the command ended with status %d",
				   drill->ended);
	return EXIT_OK;
}

static int do_rounds(struct drill *drill)
{
	int status = cell_make(&drill->cell);

	if (status)
		return status;
	if (evgnl_drill(drill->nl, drill->place.disk.index, drill->cell.fd))
		status = say_failure("/dev/evg%u: %s", drill->place.disk.index,
				     evgnl_error(drill->nl));
	while (!status && !drill->green && drill->round < drill->rounds) {
		drill->round++;
		status = do_round(drill);
	}
	evgnl_drill(drill->nl, drill->place.disk.index, -1);
	cell_remove(&drill->cell);
	return status ? status : tell_end(drill);
}

/* Their absence would be errors of the file system, not of the command. */
static int fetch_metadata(struct drill *drill)
{
	struct function metadata;
	int status;

	status = place_load(&drill->place, FUNCTION_METADATA, true, &metadata);
	if (!status)
		status = pull_absent(drill, &metadata);
	function_free(&metadata);
	return status;
}

static int drill_disk(struct drill *drill, uint32_t index, const char *name)
{
	int status = place_find(&drill->place, drill->nl, index);

	if (!status)
		status = place_load(&drill->place, name, true, &drill->f);
	if (status)
		return status;
	if (!drill->f.blocks)
		say_note("%s is not recorded; it will have only what is missing in this drill",
			 name);
	drill->told = json_object_new_array();
	if (drill->place.disk.state == EVG_LINK_ONLINE)
		status = fetch_metadata(drill);
	if (!status)
		status = do_rounds(drill);
	json_object_put(drill->told);
	function_free(&drill->f);
	return status;
}

static int take_rounds(const struct verb *verb, const char *text,
		       unsigned int *rounds)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > ROUNDS_MAX)
		return say_misuse(verb, "--rounds '%s' is not a number from 1 to %d",
				  text, ROUNDS_MAX);
	*rounds = (unsigned int)n;
	return EXIT_OK;
}

static int take_operands(const struct verb *verb, int argc, char **argv,
			 uint32_t *index, const char **name, char ***command)
{
	int status = first_disk_operand(verb, argc, argv, index);

	if (status)
		return status;
	if (optind >= argc)
		return say_misuse(verb, "the function is missing");
	*name = argv[optind++];
	if (!function_name_is_good(*name))
		return say_misuse(verb, "'%s' is no name; letters, digits and . _ + - make one",
				  *name);
	if (optind >= argc)
		return say_misuse(verb, "the command is missing");
	*command = argv + optind;
	return EXIT_OK;
}

int run_drill(const struct verb *verb, int argc, char **argv)
{
	static const struct option known[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "rounds", required_argument, NULL, 'r' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 }
	};
	struct drill drill = { .rounds = ROUNDS };
	const char *name = NULL;
	uint32_t index;
	int option, status;

	while ((option = next_option(verb, argc, argv, known, &status)) != -1) {
		if (!option)
			return status;
		if (option == 'j')
			drill.json = true;
		else if (take_rounds(verb, optarg, &drill.rounds))
			return EXIT_USAGE;
	}
	status = take_operands(verb, argc, argv, &index, &name, &drill.command);
	if (status)
		return status;
	drill.nl = open_module_as_root(verb);
	if (!drill.nl)
		return EXIT_FAILED;
	status = drill_disk(&drill, index, name);
	evgnl_close(drill.nl);
	return status;
}
