// SPDX-License-Identifier: GPL-2.0
#include "name.h"

#include <ctype.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "uri.h"

enum { READABLE_MAX = 64 };

void name_cache(const char *uri, const char *home, char *out, size_t bytes)
{
	char shown[1024], readable[READABLE_MAX + 1];
	unsigned char hash[32] = { 0 };
	size_t n = 0;
	char *c;

	uri_shown(uri, shown, sizeof(shown));
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
