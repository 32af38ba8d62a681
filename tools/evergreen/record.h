/* SPDX-License-Identifier: GPL-2.0 */
/* What is known of one disk, for list and status, for people and programs. */
#ifndef EVERGREEN_RECORD_H
#define EVERGREEN_RECORD_H

#include <stdio.h>
#include <json-c/json.h>

#include "evgnl.h"

struct record {
	struct evgnl_disk disk;
	uint64_t blocks;
	uint64_t cached;		/* blocks, as last committed */
	char unknown[256];		/* why cached is not known, or empty */
};

/* Reads the cache's map, never the disk. */
void record_make(struct record *record, const struct evgnl_disk *disk);

struct json_object *record_json(const struct record *record);
void record_print_heading(FILE *out);
void record_print_line(const struct record *record, FILE *out);
void record_print_block(const struct record *record, FILE *out);

void json_print(struct json_object *object, FILE *out);

#endif
