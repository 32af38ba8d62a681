// SPDX-License-Identifier: GPL-2.0
/*
 * libnbd before 1.20.2 takes any certificate unless it is told of a directory with a
 * ca-cert.pem (CVE-2024-7383), and takes one without a host name from everybody.  So
 * it is always told of one, which is looked at before, and a URI without a host has
 * no certificates.
 */
#define _GNU_SOURCE
#include "trust.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "credentials.h"

#define RUN_DIR		"/run/evergreen"
#define SYSTEM_DIR	RUN_DIR "/trust"
#define LIBNBD_DIR	"/etc/pki/libnbd"

static bool has_authorities(const char *dir)
{
	char path[PATH_MAX + 16];

	snprintf(path, sizeof(path), "%s/ca-cert.pem", dir);
	return !access(path, R_OK);
}

/* Where distributions keep the system's store as one file. */
static const char *find_bundle(void)
{
	static const char * const bundles[] = {
		"/etc/ssl/certs/ca-certificates.crt",
		"/etc/pki/tls/certs/ca-bundle.crt",
		"/etc/ssl/ca-bundle.pem",
		"/etc/ssl/cert.pem",
	};
	size_t i;

	for (i = 0; i < sizeof(bundles) / sizeof(*bundles); i++)
		if (!access(bundles[i], R_OK))
			return bundles[i];
	return NULL;
}

/* A directory as libnbd wants it, whose file is the system's store. */
static int link_bundle(const char *bundle)
{
	char there[PATH_MAX];
	ssize_t n;

	if ((mkdir(RUN_DIR, 0755) && errno != EEXIST) ||
	    (mkdir(SYSTEM_DIR, 0755) && errno != EEXIST))
		return -errno;
	n = readlink(SYSTEM_DIR "/ca-cert.pem", there, sizeof(there));
	if (n == (ssize_t)strlen(bundle) && !memcmp(there, bundle, (size_t)n))
		return 0;
	unlink(SYSTEM_DIR "/ca-cert.pem");
	return symlink(bundle, SYSTEM_DIR "/ca-cert.pem") && errno != EEXIST ? -errno : 0;
}

static int choose_system(char dir[PATH_MAX], char *why, size_t why_bytes)
{
	const char *bundle = find_bundle();
	int ret;

	if (has_authorities(LIBNBD_DIR)) {
		snprintf(dir, PATH_MAX, "%s", LIBNBD_DIR);
		return 0;
	}
	if (!bundle) {
		snprintf(why, why_bytes,
			 "no authority is known that could vouch for the server; install ca-certificates, or say ?tls-certificates=DIR");
		return -ENOENT;
	}
	ret = link_bundle(bundle);
	if (ret)
		snprintf(why, why_bytes, "%s: %s", SYSTEM_DIR, strerror(-ret));
	snprintf(dir, PATH_MAX, "%s", SYSTEM_DIR);
	return ret;
}

int trust_choose(const char *uri, char dir[PATH_MAX], char *why, size_t why_bytes)
{
	char value[PATH_MAX];

	dir[0] = '\0';
	if (strncmp(uri, "nbds", 4))
		return 0;
	if (credentials_value(uri, "tls-verify-peer=", value, sizeof(value))) {
		snprintf(why, why_bytes,
			 "the server's certificate is always checked; leave out tls-verify-peer, and name its authority by ?tls-certificates=DIR");
		return -EINVAL;
	}
	if (credentials_value(uri, "tls-psk-file=", value, sizeof(value)))
		return 0;
	if (!strncmp(uri, "nbds+unix:", 10)) {
		snprintf(why, why_bytes,
			 "a Unix socket has no name that a certificate could prove; use nbd+unix://, or a shared key by tls-psk-file");
		return -EINVAL;
	}
	if (!credentials_value(uri, "tls-certificates=", dir, PATH_MAX))
		return choose_system(dir, why, why_bytes);
	if (has_authorities(dir))
		return 0;
	snprintf(why, why_bytes,
		 "%.150s has no ca-cert.pem that can be read, with the authorities that may vouch for the server",
		 dir);
	return -ENOENT;
}
