// SPDX-License-Identifier: GPL-2.0
#include "source.h"

#include <string.h>

static const struct source_ops *const sources[] = { &source_nbd, NULL };

const struct source_ops *source_find(const char *uri)
{
	const char *const *scheme;
	const struct source_ops *const *source;
	size_t n;

	for (source = sources; *source; source++) {
		for (scheme = (*source)->schemes; *scheme; scheme++) {
			n = strlen(*scheme);
			if (!strncmp(uri, *scheme, n) &&
			    !strncmp(uri + n, "://", 3))
				return *source;
		}
	}
	return NULL;
}
