// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/lib/function.c userspace/lib/function_json.c */
/* A function's file: whatever is understood is printed and understood again. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <string.h>

#include "function.h"

static void same(const struct function *a, const struct function *b)
{
	if (strcmp(a->name, b->name) || a->weight != b->weight ||
	    a->pinned != b->pinned || a->recorded != b->recorded ||
	    a->image_bytes != b->image_bytes || a->samples != b->samples ||
	    a->blocks != b->blocks)
		abort();
	if (!a->command != !b->command ||
	    (a->command && strcmp(a->command, b->command)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct function f, again;
	char *text = NULL;
	size_t bytes, i;
	FILE *out;

	if (function_parse(&f, (const char *)data, size)) {
		if (!function_error()[0])
			abort();
		return 0;
	}
	for (i = 0; i < f.ranges; i++)
		if (!f.range[i].count ||
		    f.range[i].first + f.range[i].count >
		    f.image_bytes / 4096 + 1)
			abort();
	out = open_memstream(&text, &bytes);
	if (!out || function_print(&f, out) || fclose(out) ||
	    function_parse(&again, text, bytes))
		abort();
	same(&f, &again);
	function_free(&again);
	function_free(&f);
	free(text);
	return 0;
}
