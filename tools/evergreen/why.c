// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "needs.h"
#include "plain.h"
#include "record.h"
#include "text.h"
#include "view.h"

static const char *outcome_text(const struct need *need)
{
	if (need->outcome[EVG_OUTCOME_FAILED])
		return "failed";
	return need->outcome[EVG_OUTCOME_WAITED] ? "waited" : "drilled";
}

static void print_need(const struct need *need)
{
	char when[32], bytes[TEXT_BYTES], share[TEXT_BYTES], what[RESOLVE_TEXT];
	char comm[EVG_COMM_MAX];
	time_t ended = need->ended;
	struct tm tm;

	localtime_r(&ended, &tm);
	strftime(when, sizeof(when), "%b %d %H:%M:%S", &tm);
	if (need->present == need->blocks)
		snprintf(share, sizeof(share), "cached");
	else
		text_share(share, need->present, need->blocks);
	printf("%-15s  %-15s %9s  %-7s %-8s %s\n", when,
	       plain_text(comm, sizeof(comm), need->comm),
	       text_bytes(bytes, need->blocks * EVG_BLOCK_SIZE),
	       outcome_text(need), need->present ? share : "missing",
	       resolve_text(need->what, what));
}

static void print_text(const struct needs *needs, uint32_t index)
{
	char all[TEXT_BYTES], there[TEXT_BYTES];
	size_t i;

	if (!needs->count) {
		printf("evg%u: no misses are remembered\n", index);
		return;
	}
	printf("%-15s  %-15s %9s  %-7s %-8s %s\n", "WHEN", "PROGRAM", "NEEDED",
	       "AND IT", "NOW", "WHAT");
	for (i = 0; i < needs->count; i++)
		print_need(&needs->need[i]);
	printf("%s were missed, %s of that are cached now\n",
	       text_bytes(all, needs->blocks * EVG_BLOCK_SIZE),
	       text_bytes(there, needs->present * EVG_BLOCK_SIZE));
	if (needs->resolve.late)
		say_note("looking at the file systems took too long; try again with the link up");
}

static void print_json(const struct needs *needs)
{
	struct json_object *rows = json_object_new_array();
	size_t i;

	for (i = 0; i < needs->count; i++)
		json_object_array_add(rows, need_json(&needs->need[i]));
	json_print(rows, stdout);
}

static int tell(struct view *view, const struct misses *misses, bool json)
{
	uint32_t index = view->disk.index;
	struct needs needs;
	int err;

	err = needs_make(&needs, &view->disk, misses);
	if (err) {
		needs_free(&needs);
		return say_failure("cannot look up files on /dev/evg%u: %s", index,
				   strerror(-err));
	}
	if (needs_count(&needs, view->presence))
		say_note("/dev/evg%u: what is cached is not known: %s", index,
			 evgnl_error(view->nl));
	if (json)
		print_json(&needs);
	else
		print_text(&needs, index);
	needs_free(&needs);
	return EXIT_OK;
}

static int why(struct evgnl *nl, uint32_t index, bool json)
{
	struct misses misses = { 0 };
	struct view view;
	int status, err;

	status = view_open(&view, nl, index);
	if (!status)
		status = view_count(&view);
	if (!status && misses_of_kernel(&misses, nl, index, 0) < 0)
		status = say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	if (!status) {
		err = misses_of_home(&misses, view.home);
		if (err)
			say_note("%s/ledger.json is left out: %s", view.home,
				 strerror(-err));
		err = misses_of_bad(&misses, index);
		if (err)
			say_note("bad blocks are left out: %s", strerror(-err));
		status = tell(&view, &misses, json);
	}
	misses_free(&misses);
	view_close(&view);
	return status;
}

int run_why(const struct verb *verb, int argc, char **argv)
{
	bool json;
	struct evgnl *nl;
	uint32_t index;
	int status;

	if (!only_flag(verb, argc, argv, "json", &json, &status))
		return status;
	status = disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	nl = open_module();
	if (!nl)
		return EXIT_FAILED;
	status = why(nl, index, json);
	evgnl_close(nl);
	return status;
}
