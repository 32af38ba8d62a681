// SPDX-License-Identifier: GPL-2.0
/*
 * Where a cache directory cannot be.  A file system that is served by another
 * machine or by a process may wait for memory that only a read of the cache
 * frees, and is gone when the network is; others have no direct I/O.
 *
 * By name, for what statfs() tells may be the type that another machine has there.
 */
#include <errno.h>
#include <string.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "cache_priv.h"

static const struct {
	const char *type;
	const char *why;
} refused[] = {
	{ "9p", "is another machine's" },
	{ "nfs", "is another machine's" },
	{ "nfs4", "is another machine's" },
	{ "cifs", "is another machine's" },
	{ "smb3", "is another machine's" },
	{ "ceph", "is another machine's" },
	{ "afs", "is another machine's" },
	{ "virtiofs", "is another machine's" },
	{ "fuse", "is served by a process" },
	{ "fuseblk", "is served by a process" },
	{ "ecryptfs", "has no direct I/O" },
	{ "ramfs", "has no direct I/O" },
	{ "zfs", "has direct I/O by name only; a zvol will do, too" },
};

/* The type of the file system of a line of mountinfo, if it is that device's. */
static bool parse_line(char *line, dev_t device, char *type, size_t bytes)
{
	char *dash = strstr(line, " - "), *end;
	unsigned int major, minor;

	if (!dash || sscanf(line, "%*u %*u %u:%u", &major, &minor) != 2 ||
	    makedev(major, minor) != device)
		return false;
	dash += 3;
	end = strchr(dash, ' ');
	if (end)
		*end = '\0';
	snprintf(type, bytes, "%s", dash);
	return true;
}

/* Empty: not known. */
static void find_type(dev_t device, char *type, size_t bytes)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL;
	size_t room = 0;

	type[0] = '\0';
	while (file && getline(&line, &room, file) > 0)
		if (parse_line(line, device, type, bytes))
			break;
	free(line);
	if (file)
		fclose(file);
}

static bool is_type(const char *type, const char *name)
{
	size_t n = strlen(name);

	/* "fuse.sshfs" and the like */
	return !strncmp(type, name, n) && (!type[n] || type[n] == '.');
}

int cache_check_place(const char *path)
{
	char part[4096], type[64], *slash;
	struct stat st;
	size_t i;

	if (strlen(path) >= sizeof(part))
		return cache_refuse(ENAMETOOLONG, "the cache's path is too long");
	memcpy(part, path, strlen(path) + 1);
	/* the first directory above that is there */
	while (stat(part, &st)) {
		slash = strrchr(part, '/');
		if (errno != ENOENT || !slash || !slash[1])
			return 0;
		slash[slash == part] = '\0';
	}
	find_type(st.st_dev, type, sizeof(type));
	for (i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (is_type(type, refused[i].type))
			return cache_refuse(EOPNOTSUPP,
					    "%s: no cache can be on %s, which %s; use a directory on ext4 or xfs",
					    path, type, refused[i].why);
	}
	return 0;
}
