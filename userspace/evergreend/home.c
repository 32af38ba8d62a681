// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "home.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <function.h>

#include "daemon.h"
#include "log.h"
#include "privilege.h"

/* Each directory on the way; PATH is as it was afterwards. */
static int make_directories(char *path)
{
	char *slash = path;
	int ret = 0;

	while (!ret && (slash = strchr(slash + 1, '/'))) {
		*slash = '\0';
		if (mkdir(path, 0755) && errno != EEXIST)
			ret = -errno;
		*slash = '/';
	}
	if (!ret && mkdir(path, 0755) && errno != EEXIST)
		ret = -errno;
	return ret;
}

/* By a descriptor: the directories above need not let us through. */
static void keep_open(struct daemon *d)
{
	int fd = open(d->home, O_PATH | O_DIRECTORY | O_CLOEXEC);

	snprintf(d->home_at, sizeof(d->home_at), "/proc/self/fd/%d", fd);
	if (fd < 0 || access(d->home_at, F_OK))
		d->home_at[0] = '\0';
}

int home_open(struct daemon *d, char *why, size_t why_bytes)
{
	char path[PATH_MAX + 16];
	int ret;

	if (*d->options.home)
		snprintf(d->home, sizeof(d->home), "%s", d->options.home);
	else
		function_home(d->home, sizeof(d->home), d->cache.path,
			      d->cache.is_bdev, d->cache.header.uuid);
	snprintf(path, sizeof(path), "%s/functions", d->home);
	ret = make_directories(path);
	keep_open(d);
	if (ret) {
		log_info("%s: %s; what is learned of this disk's use is not kept",
			 path, strerror(-ret));
		return 0;
	}
	home_path(d, "functions/.", path, sizeof(path));
	if (privilege_can_read(path))
		return 0;
	snprintf(why, why_bytes,
		 "%.150s: the helper could not read it without privileges; give it to root, or name another by --home",
		 d->home);
	return -EACCES;
}

const char *home_reach(const struct daemon *d)
{
	return *d->home_at ? d->home_at : d->home;
}

void home_path(const struct daemon *d, const char *name, char *path,
	       size_t bytes)
{
	snprintf(path, bytes, "%s/%s", home_reach(d), name);
}

static int write_all(int fd, const char *data, size_t bytes)
{
	ssize_t n;

	while (bytes) {
		n = write(fd, data, bytes);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		data += n;
		bytes -= (size_t)n;
	}
	return fsync(fd) ? -errno : 0;
}

int home_write(const struct daemon *d, const char *name, const void *data,
	       size_t bytes)
{
	char path[PATH_MAX + 16], new[PATH_MAX + 32];
	int fd, ret;

	home_path(d, name, path, sizeof(path));
	snprintf(new, sizeof(new), "%s.XXXXXX", path);
	fd = mkostemp(new, O_CLOEXEC);
	ret = fd < 0 ? -errno : write_all(fd, data, bytes);
	if (fd >= 0) {
		close(fd);
		if (!ret && rename(new, path))
			ret = -errno;
		if (ret)
			unlink(new);
	}
	if (ret)
		log_info("%s/%s cannot be kept: %s", d->home, name,
			 strerror(-ret));
	return ret;
}
