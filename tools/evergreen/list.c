// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <stdlib.h>

#include "record.h"

struct disks {
	struct evgnl_disk *disk;
	size_t count;
};

static int keep_disk(const struct evgnl_disk *disk, void *arg)
{
	struct disks *disks = arg;
	struct evgnl_disk *grown;

	grown = realloc(disks->disk, (disks->count + 1) * sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	grown[disks->count++] = *disk;
	disks->disk = grown;
	return 0;
}

static int by_index(const void *a, const void *b)
{
	const struct evgnl_disk *x = a, *y = b;

	return (x->index > y->index) - (x->index < y->index);
}

static void print_disks(struct disks *disks, bool json)
{
	struct json_object *array = json ? json_object_new_array() : NULL;
	struct record record;
	size_t i;

	if (!json && disks->count)
		record_print_heading(stdout);
	for (i = 0; i < disks->count; i++) {
		record_make(&record, &disks->disk[i]);
		if (json)
			json_object_array_add(array, record_json(&record));
		else
			record_print_line(&record, stdout);
	}
	if (json)
		json_print(array, stdout);
}

static int list(struct evgnl *nl, bool json)
{
	struct disks disks = { 0 };
	int err = evgnl_dump(nl, keep_disk, &disks);

	if (!err) {
		if (disks.count)
			qsort(disks.disk, disks.count, sizeof(*disks.disk),
			      by_index);
		print_disks(&disks, json);
	}
	free(disks.disk);
	if (err == -ENOMEM)
		return say_failure("out of memory");
	return err ? say_failure("%s", evgnl_error(nl)) : EXIT_OK;
}

int run_list(const struct verb *verb, int argc, char **argv)
{
	bool json;
	struct evgnl *nl;
	int status;

	if (!only_flag(verb, argc, argv, "json", &json, &status))
		return status;
	status = no_operand(verb, argc, argv);
	if (status)
		return status;
	nl = open_module();
	if (!nl)
		return EXIT_FAILED;
	status = list(nl, json);
	evgnl_close(nl);
	return status;
}
