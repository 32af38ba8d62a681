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

void home_open(struct daemon *d)
{
	char path[PATH_MAX + 16];
	int ret;

	if (*d->options.home)
		snprintf(d->home, sizeof(d->home), "%s", d->options.home);
	else
		function_home(d->home, sizeof(d->home), d->cache.path,
			      d->cache.is_bdev, d->cache.header.uuid);
	home_path(d, "functions", path, sizeof(path));
	ret = make_directories(path);
	if (ret)
		log_info("%s: %s; what is learned of this disk's use is not kept",
			 path, strerror(-ret));
}

void home_path(const struct daemon *d, const char *name, char *path,
	       size_t bytes)
{
	snprintf(path, bytes, "%s/%s", d->home, name);
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
		log_info("%s cannot be kept: %s", path, strerror(-ret));
	return ret;
}
