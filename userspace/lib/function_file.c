// SPDX-License-Identifier: GPL-2.0
/* Where functions are kept: one file each, replaced as a whole. */
#define _GNU_SOURCE
#include "function_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define SUFFIX ".json"

void function_home(char *path, size_t bytes, const char *cache, bool is_bdev,
		   const uint8_t uuid[16])
{
	int i, at;

	if (!is_bdev) {
		snprintf(path, bytes, "%s", cache);
		return;
	}
	at = snprintf(path, bytes, "/var/lib/evergreen/");
	for (i = 0; i < 16 && (size_t)at < bytes; i++)
		at += snprintf(path + at, bytes - (size_t)at, "%s%02x",
			       i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			       uuid[i]);
}

int function_path(char *path, size_t bytes, const char *home, const char *name)
{
	int n;

	if (!function_name_is_good(name))
		return function_refuse(EINVAL,
				       "'%.80s' is no name for a function; use at most %d letters, digits and . _ + -",
				       name, FUNCTION_NAME_MAX - 1);
	n = snprintf(path, bytes, "%s/functions/%s%s", home, name, SUFFIX);
	if (n < 0 || (size_t)n >= bytes)
		return function_refuse(ENAMETOOLONG, "%s: the path is too long",
				       home);
	return 0;
}

static int explain(const char *path, int error)
{
	return function_refuse(error, "%s: %s", path, strerror(error));
}

static int read_all(int fd, char **text, size_t *bytes)
{
	size_t room = 65536, used = 0;
	char *grown;
	ssize_t n;

	*text = malloc(room);
	while (*text) {
		n = read(fd, *text + used, room - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		used += (size_t)n;
		if (used > FUNCTION_FILE_MAX)
			return -EFBIG;
		if (used < room)
			continue;
		room *= 2;
		grown = realloc(*text, room);
		if (!grown)
			return -ENOMEM;
		*text = grown;
	}
	*bytes = used;
	return *text ? 0 : -ENOMEM;
}

int function_load(struct function *f, const char *path)
{
	char why[200], *text = NULL;
	size_t bytes = 0;
	int fd, ret;

	memset(f, 0, sizeof(*f));
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return explain(path, errno);
	ret = read_all(fd, &text, &bytes);
	close(fd);
	if (ret) {
		free(text);
		return explain(path, -ret);
	}
	ret = function_parse(f, text, bytes);
	free(text);
	if (ret) {
		snprintf(why, sizeof(why), "%s", function_error());
		function_refuse(-ret, "%s: %s", path, why);
	}
	return ret;
}

static int make_directories(char *path)
{
	char *slash;
	int ret = 0;

	for (slash = path + 1; *slash && !ret; slash++) {
		if (*slash != '/')
			continue;
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			ret = explain(path, errno);
		*slash = '/';
	}
	return ret;
}

static int sync_directory_of(char *path)
{
	char *slash = strrchr(path, '/');
	int fd, ret = 0;

	if (slash)
		*slash = '\0';
	fd = open(slash ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fsync(fd))
		ret = explain(path, errno);
	if (fd >= 0)
		close(fd);
	if (slash)
		*slash = '/';
	return ret;
}

/* To an open file, which is closed; it is durable if it is one that can be. */
static int write_to(const struct function *f, int fd, const char *path)
{
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int ret = 0;

	if (!out) {
		ret = explain(path, errno);
		if (fd >= 0)
			close(fd);
		return ret;
	}
	errno = 0;
	if (function_print(f, out) || (fsync(fd) && errno != EINVAL && errno != EROFS))
		ret = explain(path, errno ? errno : EIO);
	if (fclose(out) && !ret)
		ret = explain(path, errno);
	return ret;
}

/* PATH is a regular file, or will be one. */
static int replace(const struct function *f, const char *path, mode_t mode)
{
	char new[PATH_MAX];
	int n, fd, ret;

	n = snprintf(new, sizeof(new), "%s.XXXXXX", path);
	if (n < 0 || (size_t)n >= sizeof(new))
		return explain(path, ENAMETOOLONG);
	fd = mkostemp(new, O_CLOEXEC);
	if (fd < 0)
		return explain(path, errno);
	ret = fchmod(fd, mode) ? explain(path, errno) : 0;
	if (ret)
		close(fd);
	else
		ret = write_to(f, fd, path);
	if (!ret && rename(new, path))
		ret = explain(path, errno);
	if (ret) {
		unlink(new);
		return ret;
	}
	return sync_directory_of(new);
}

int function_lock(const char *home)
{
	char path[PATH_MAX];
	int fd, ret;

	if (snprintf(path, sizeof(path), "%s/functions/", home) >= (int)sizeof(path))
		return explain(home, ENAMETOOLONG);
	ret = make_directories(path);
	if (ret)
		return ret;
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return explain(path, errno);
	while (flock(fd, LOCK_EX)) {
		if (errno == EINTR)
			continue;
		ret = explain(path, errno);
		close(fd);
		return ret;
	}
	return fd;
}

int function_save(const struct function *f, const char *path)
{
	char copy[PATH_MAX];
	int ret;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy))
		return explain(path, ENAMETOOLONG);
	ret = make_directories(copy);
	return ret ? ret : replace(f, path, 0600);
}

int function_export(const struct function *f, const char *path)
{
	mode_t mask = umask(0);
	char real[PATH_MAX];
	struct stat st;

	umask(mask);
	if (!stat(path, &st)) {
		if (S_ISREG(st.st_mode) && realpath(path, real))
			return replace(f, real, st.st_mode & 07777);
		return write_to(f, open(path, O_WRONLY | O_CLOEXEC), path);
	}
	if (lstat(path, &st))
		return replace(f, path, 0666 & ~mask);
	/* A link to nothing: what it names comes to be. */
	return write_to(f, open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), path);
}

static int is_function_file(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > strlen(SUFFIX) &&
	       !strcmp(entry->d_name + n - strlen(SUFFIX), SUFFIX);
}

/* The name inside has to be the file's. */
static int load_named(struct function *f, const char *path, const char *file)
{
	int ret = function_load(f, path);

	if (ret)
		return ret;
	if (strlen(f->name) + strlen(SUFFIX) == strlen(file) &&
	    !strncmp(f->name, file, strlen(f->name)))
		return 0;
	ret = function_refuse(EINVAL, "%s: it is of the function '%s'", path,
			      f->name);
	function_free(f);
	return ret;
}

int function_load_all(const char *home, struct function **all, size_t *n,
		      void (*bad)(const char *path, const char *why, void *arg),
		      void *arg)
{
	char path[PATH_MAX], file[2 * PATH_MAX];
	struct dirent **entry;
	int i, count;

	*all = NULL;
	*n = 0;
	snprintf(path, sizeof(path), "%.4000s/functions", home);
	count = scandir(path, &entry, is_function_file, alphasort);
	if (count < 0)
		return errno == ENOENT ? 0 : explain(path, errno);
	*all = calloc((size_t)count + 1, sizeof(**all));
	for (i = 0; i < count; i++) {
		snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name);
		if (*all && !load_named(&(*all)[*n], file, entry[i]->d_name))
			++*n;
		else if (*all && bad)
			bad(file, function_error(), arg);
		free(entry[i]);
	}
	free(entry);
	return *all ? 0 : function_refuse(ENOMEM, "out of memory");
}
