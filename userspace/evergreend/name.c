// SPDX-License-Identifier: GPL-2.0
#include "name.h"

#include <ctype.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

enum { READABLE_MAX = 64 };

void name_shown(const char *uri, char *out, size_t bytes)
{
	const char *authority = strstr(uri, "://");
	const char *end, *at;

	authority = authority ? authority + 3 : uri;
	end = authority + strcspn(authority, "/?#");
	at = memchr(authority, '@', (size_t)(end - authority));
	snprintf(out, bytes, "%.*s%s", (int)(authority - uri), uri,
		 at ? at + 1 : authority);
}

void name_cache(const char *uri, const char *home, char *out, size_t bytes)
{
	char shown[1024], readable[READABLE_MAX + 1];
	unsigned char hash[32] = { 0 };
	size_t n = 0;
	char *c;

	name_shown(uri, shown, sizeof(shown));
	for (c = shown; *c && n < READABLE_MAX; c++) {
		if (isalnum((unsigned char)*c) || *c == '.' || *c == '-')
			readable[n++] = *c;
		else if (n && readable[n - 1] != '_')
			readable[n++] = '_';
	}
	readable[n] = '\0';
	gnutls_hash_fast(GNUTLS_DIG_SHA256, uri, strlen(uri), hash);
	snprintf(out, bytes, "%s/%s-%02x%02x%02x%02x", home, readable, hash[0],
		 hash[1], hash[2], hash[3]);
}
