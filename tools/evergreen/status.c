// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include "ahead.h"
#include "record.h"

enum { HELPER_MS = 1000 };	/* to answer; a status that hangs is none */

static int show(struct evgnl *nl, uint32_t index, bool json)
{
	struct json_object *object;
	struct evgnl_disk disk;
	struct record record;
	struct ahead ahead;

	if (evgnl_get(nl, index, &disk))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	record_make(&record, &disk);
	ahead_make(&ahead, nl, &disk, HELPER_MS);
	if (json) {
		object = record_json(&record);
		ahead_add(&ahead, object);
		json_print(object, stdout);
	} else {
		record_print_block(&record, stdout);
		ahead_print(&ahead, &disk, stdout);
	}
	ahead_free(&ahead);
	return EXIT_OK;
}

int run_status(const struct verb *verb, int argc, char **argv)
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
	status = show(nl, index, json);
	evgnl_close(nl);
	return status;
}
