// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* memrchr */
#include "uri.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void uri_shown(const char *uri, char *out, size_t bytes)
{
	const char *authority = strstr(uri, "://");
	const char *end, *at;

	authority = authority ? authority + 3 : uri;
	end = authority + strcspn(authority, "/?#");
	/* A password may have an @ itself. */
	at = memrchr(authority, '@', (size_t)(end - authority));
	snprintf(out, bytes, "%.*s%s", (int)(authority - uri), uri,
		 at ? at + 1 : authority);
}

char *uri_hide(char *arg)
{
	size_t bytes = strlen(arg) + 1, shown;
	char *whole = malloc(bytes);

	if (!whole)
		return NULL;
	memcpy(whole, arg, bytes);
	uri_shown(whole, arg, bytes);
	shown = strlen(arg);
	explicit_bzero(arg + shown, bytes - shown);
	return whole;
}
