// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: userspace/evergreend/name.c tools/evergreen/parse.c */
/* What a person types, and the names made of a URI. */
#include <stdlib.h>
#include <string.h>
#include <linux/evergreen.h>

#include "name.h"
#include "parse.h"

static void try_name(const char *text)
{
	char shown[128], cache[160];
	const char *c;

	name_shown(text, shown, sizeof(shown));
	if (strnlen(shown, sizeof(shown)) == sizeof(shown))
		abort();
	name_cache(text, "/home", cache, sizeof(cache));
	if (strncmp(cache, "/home/", 6))
		abort();
	/* One component, and neither "." nor "..". */
	for (c = cache + 6; *c; c++)
		if (*c == '/' || (unsigned char)*c <= ' ')
			abort();
	if (strlen(cache + 6) < 9)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);
	uint32_t value = 0;

	if (!text)
		abort();
	memcpy(text, data, size);
	text[size] = '\0';
	try_name(text);
	if (!parse_disk(text, &value) && value > PARSE_INDEX_MAX)
		abort();
	if (!parse_seconds(text, false, &value) && value == EVG_GRACE_INF)
		abort();
	parse_seconds(text, true, &value);
	parse_uri(text);
	parse_uri_socket_is_relative(text);
	free(text);
	return 0;
}
