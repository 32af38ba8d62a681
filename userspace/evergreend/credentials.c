// SPDX-License-Identifier: GPL-2.0
#include "credentials.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "privilege.h"

bool credentials_value(const char *uri, const char *name, char *value, size_t bytes)
{
	const char *from = strchr(uri, '?');
	char hex[3] = "";
	size_t n = 0;

	while (from && strncasecmp(from + 1, name, strlen(name)))
		from = strchr(from + 1, '&');
	if (!from)
		return false;
	for (from += 1 + strlen(name); *from && *from != '&' && n + 1 < bytes;
	     from++) {
		value[n] = *from;
		if (*from == '%' && from[1] && from[2]) {
			memcpy(hex, from + 1, 2);
			value[n] = (char)strtoul(hex, NULL, 16);
			from += 2;
		}
		n++;
	}
	value[n] = '\0';
	return true;
}

/* One that is not there is no matter. */
static bool can_be_read(const char *path, char *why, size_t why_bytes)
{
	if (access(path, F_OK) || privilege_can_read(path))
		return true;
	snprintf(why, why_bytes,
		 "%.150s: the helper could not read it without privileges; give it and its directories to root",
		 path);
	return false;
}

bool credentials_can_be_read(const char *uri, char *why, size_t why_bytes)
{
	static const char *const names[] = {
		"ca-cert.pem", "client-cert.pem", "client-key.pem", "ca-crl.pem",
	};
	char value[PATH_MAX], path[PATH_MAX + 32];
	size_t i;

	if (credentials_value(uri, "tls-psk-file=", value, sizeof(value)) &&
	    !can_be_read(value, why, why_bytes))
		return false;
	if (!credentials_value(uri, "tls-certificates=", value, sizeof(value)))
		return true;
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", value, names[i]);
		if (!can_be_read(path, why, why_bytes))
			return false;
	}
	return true;
}
