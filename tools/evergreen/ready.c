// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <string.h>

#include "parse.h"
#include "record.h"
#include "text.h"
#include "view.h"

static void print_row(const struct view *view, const struct function *f)
{
	uint64_t present = view->present[f - view->function];
	char size[TEXT_BYTES], share[TEXT_BYTES], absent[TEXT_BYTES];

	text_bytes(absent, (f->blocks - present) * EVG_BLOCK_SIZE);
	printf("%-24s %9s %8s %9s  %s\n", f->name,
	       text_bytes(size, f->blocks * EVG_BLOCK_SIZE),
	       text_share(share, present, f->blocks),
	       present == f->blocks ? "-" : absent,
	       view_is_ready(view, f) ? "ready" :
	       !view_is_of(view, f) ? "no: of another cache" :
	       present == f->blocks ? "no: metadata is not" : "no");
}

static void add_row(struct json_object *to, const struct view *view,
		    const struct function *f)
{
	uint64_t present = view->present[f - view->function];
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "name", json_object_new_string(f->name));
	json_object_object_add(row, "bytes",
			       json_object_new_uint64(f->blocks * EVG_BLOCK_SIZE));
	json_object_object_add(row, "present_bytes",
			       json_object_new_uint64(present * EVG_BLOCK_SIZE));
	json_object_object_add(row, "weight", json_object_new_uint64(f->weight));
	json_object_object_add(row, "pinned", json_object_new_boolean(f->pinned));
	json_object_object_add(row, "same_image",
			       json_object_new_boolean(view_is_of(view, f)));
	json_object_object_add(row, "ready",
			       json_object_new_boolean(view_is_ready(view, f)));
	json_object_array_add(to, row);
}

static bool is_wanted(const struct function *f, char **name, size_t names)
{
	size_t i;

	for (i = 0; i < names; i++)
		if (!strcmp(f->name, name[i]))
			return true;
	return !names;
}

static int print_all(const struct view *view, char **name, size_t names,
		     bool json)
{
	struct json_object *rows = json ? json_object_new_array() : NULL;
	const struct function *f;
	int status = EXIT_OK;
	size_t i;

	if (!json)
		printf("%-24s %9s %8s %9s  %s\n", "FUNCTION", "SIZE", "CACHED",
		       "MISSING", "RUNS OFFLINE");
	for (i = 0; i < view->functions; i++) {
		f = &view->function[i];
		if (!is_wanted(f, name, names))
			continue;
		if (json)
			add_row(rows, view, f);
		else
			print_row(view, f);
		if (!view_is_ready(view, f))
			status = EXIT_FAILED;
	}
	if (json)
		json_print(rows, stdout);
	return status;
}

static int check_names(const struct view *view, char **name, size_t names)
{
	uint32_t index = view->disk.index;
	size_t i;

	for (i = 0; i < names; i++)
		if (!view_find(view, name[i]))
			return say_failure("evg%u has no function '%s'",
					   index, name[i]);
	if (!view->functions)
		return say_failure("evg%u has no functions; 'evergreen record' makes them",
				   index);
	return EXIT_OK;
}

static int ready(struct evgnl *nl, uint32_t index, char **name, size_t names,
		 bool json)
{
	struct view view;
	int status;

	status = view_open(&view, nl, index);
	if (!status)
		status = check_names(&view, name, names);
	if (!status)
		status = view_count(&view);
	if (!status)
		status = print_all(&view, name, names, json);
	view_close(&view);
	return status;
}

int run_ready(const struct verb *verb, int argc, char **argv)
{
	bool json;
	struct evgnl *nl;
	uint32_t index;
	int status;

	if (!only_flag(verb, argc, argv, "json", &json, &status))
		return status;
	status = first_disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	nl = open_module();
	if (!nl)
		return EXIT_FAILED;
	status = ready(nl, index, argv + optind, argc - optind, json);
	evgnl_close(nl);
	return status;
}
