// SPDX-License-Identifier: GPL-2.0
/*
 * What a program needs is read from its file, as its loader would read it:
 * nothing of the disk is run, for it may be hostile.
 *
 * A library is looked for where glibc's and musl's loaders look: in RPATH (of the
 * file and of the program, unless the file has a RUNPATH), in RUNPATH, in the
 * directories that /etc/ld.so.conf names, in the usual ones.  LD_LIBRARY_PATH and
 * dlopen() are not known here.
 */
#define _GNU_SOURCE
#include "deps.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "elf_needs.h"
#include "evergreen.h"

enum {
	DEPTH		= 4,		/* scripts that are run by scripts */
	FILES_MAX	= 4096,		/* looked at, for one program */
	LINE_BYTES	= 256,		/* that a kernel reads of "#!" */
	DIRS_MAX	= 256,		/* that ld.so.conf names */
	INCLUDES	= 4,		/* of ld.so.conf in itself */
};

/* PATH as a program in ROOT would open it, whatever links lead out of there. */
static int open_in(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT,
	};
	int dir = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC), fd, err;

	if (dir < 0)
		return -1;
	fd = (int)syscall(SYS_openat2, dir, path, &how, sizeof(how));
	err = errno;
	close(dir);
	errno = err;
	return fd;
}

/* A file that is needed, whose own needs are still to be looked at. */
struct need {
	char *path;
	int depth;			/* of scripts, that may follow */
};

struct search {
	const struct deps *deps;
	const char *root;
	struct need need[FILES_MAX];
	size_t needs;
	char *rpath;			/* of the program itself */
	char *origin;			/* and its directory */
	char *dir[DIRS_MAX];		/* of ld.so.conf, then the usual ones */
	size_t dirs;
};

static bool is_known(const struct search *s, const char *path)
{
	size_t i;

	for (i = 0; i < s->needs; i++)
		if (!strcmp(s->need[i].path, path))
			return true;
	return false;
}

/* An open file that is needed: tell, and remember to look at it. */
static int take_file(struct search *s, int fd, const char *path, int depth)
{
	int status = s->deps->each(fd, path, s->deps->arg);
	char *copy;

	if (status || s->needs == FILES_MAX)
		return status;
	copy = strdup(path);
	if (!copy)
		return say_failure("out of memory");
	s->need[s->needs++] = (struct need){ copy, depth };
	return EXIT_OK;
}

/* A file that PATH names by its full name. */
static int take(struct search *s, const char *needed, const char *path, int depth)
{
	int fd, status;

	if (is_known(s, needed))
		return EXIT_OK;
	fd = open_in(s->root, needed);
	if (fd < 0) {
		say_note("%s needs %s, which is not found: %s", path, needed,
			 strerror(errno));
		return EXIT_OK;
	}
	status = take_file(s, fd, needed, depth);
	close(fd);
	return status;
}

static int take_from_path(struct search *s, const char *name, const char *path,
			  int depth)
{
	static const char * const dirs[] = {
		"/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin",
		"/sbin", "/bin",
	};
	char full[PATH_MAX];
	size_t i;
	int fd;

	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		snprintf(full, sizeof(full), "%s/%s", dirs[i], name);
		fd = open_in(s->root, full);
		if (fd < 0)
			continue;
		close(fd);
		return take(s, full, path, depth);
	}
	say_note("%s needs %s, which is in none of the usual directories", path,
		 name);
	return EXIT_OK;
}

/* "#!/bin/sh", "#! /usr/bin/env python3", "#!/usr/bin/env -S perl -w" */
static int find_of_script(struct search *s, char *line, const char *path,
			  int depth)
{
	char *save = NULL, *interpreter, *word, *base;
	int status;

	line[strcspn(line, "\n")] = '\0';
	interpreter = strtok_r(line + 2, " \t", &save);
	if (!interpreter || interpreter[0] != '/')
		return EXIT_OK;
	status = take(s, interpreter, path, depth);
	base = strrchr(interpreter, '/') + 1;
	if (status || strcmp(base, "env"))
		return status;
	do {
		word = strtok_r(NULL, " \t", &save);
	} while (word && (word[0] == '-' || strchr(word, '=')));
	if (!word)
		return EXIT_OK;
	return word[0] == '/' ? take(s, word, path, depth) :
	       take_from_path(s, word, path, depth);
}

static void add_dir(struct search *s, const char *dir)
{
	if (dir[0] == '/' && s->dirs < DIRS_MAX)
		s->dir[s->dirs] = strdup(dir);
	if (s->dirs < DIRS_MAX && s->dir[s->dirs])
		s->dirs++;
}

static void read_conf(struct search *s, const char *path, int includes);

/* Files of the disk by a pattern that the disk gives: names in ROOT only. */
static void include_conf(struct search *s, const char *pattern, int includes)
{
	size_t i, skip = strlen(s->root) == 1 ? 0 : strlen(s->root);
	char full[PATH_MAX];
	glob_t found;

	if (pattern[0] != '/' || strstr(pattern, "..") ||
	    snprintf(full, sizeof(full), "%s%s", skip ? s->root : "", pattern) >=
	    (int)sizeof(full) || glob(full, GLOB_NOSORT, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++)
		read_conf(s, found.gl_pathv[i] + skip, includes);
	globfree(&found);
}

static void read_conf(struct search *s, const char *path, int includes)
{
	int fd = open_in(s->root, path);
	FILE *in = fd < 0 ? NULL : fdopen(fd, "r");
	char line[PATH_MAX], *save, *word;

	if (!in) {
		if (fd >= 0)
			close(fd);
		return;
	}
	while (s->dirs < DIRS_MAX && fgets(line, sizeof(line), in)) {
		line[strcspn(line, "#\n")] = '\0';
		word = strtok_r(line, " \t,:", &save);
		if (word && strcmp(word, "include"))
			add_dir(s, word);
		else if (word && includes)
			while ((word = strtok_r(NULL, " \t", &save)))
				include_conf(s, word, includes - 1);
	}
	fclose(in);
}

static void find_dirs(struct search *s)
{
	static const char * const usual[] = {
		"/lib64", "/usr/lib64", "/lib", "/usr/lib", "/usr/local/lib",
		"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
	};
	size_t i;

	if (s->dirs)
		return;
	read_conf(s, "/etc/ld.so.conf", INCLUDES);
	for (i = 0; i < sizeof(usual) / sizeof(*usual); i++)
		add_dir(s, usual[i]);
}

/* A library of this class and machine, and a regular file; or -1. */
static int open_library(const struct search *s, const char *path,
			const struct elf_needs *of)
{
	int fd = open_in(s->root, path);
	struct elf_needs e;
	bool fits = false;
	struct stat st;

	if (fd < 0)
		return -1;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && !elf_needs_read(&e, fd)) {
		fits = e.class == of->class && e.machine == of->machine;
		elf_needs_free(&e);
	}
	if (fits)
		return fd;
	close(fd);
	return -1;
}

/* DIR/VARIANT/NAME: 1: it is there and is taken, 0: it is not, -1: failed. */
static int try_file(struct search *s, const char *dir, const char *variant,
		    const char *name, const struct elf_needs *of)
{
	char full[PATH_MAX];
	int fd, status;

	if (snprintf(full, sizeof(full), "%s/%s%s", dir, variant, name) >=
	    (int)sizeof(full))
		return 0;
	if (is_known(s, full))
		return 1;
	fd = open_library(s, full, of);
	if (fd < 0)
		return 0;
	status = take_file(s, fd, full, 0);
	close(fd);
	return status ? -1 : 1;
}

/* In one directory; a processor may have its own variant, and all are taken. */
static int try_dir(struct search *s, const char *dir, const char *name,
		   const struct elf_needs *of)
{
	static const char * const variant[] = {
		"glibc-hwcaps/x86-64-v2/", "glibc-hwcaps/x86-64-v3/",
		"glibc-hwcaps/x86-64-v4/", "",
	};
	int found = 0;
	size_t i;

	for (i = 0; found >= 0 && i < sizeof(variant) / sizeof(*variant); i++)
		found = try_file(s, dir, variant[i], name, of);
	return found;
}

/* The token of RPATH that TEXT begins with; its value, and its length in *N. */
static const char *token_at(const char *text, const char *origin, const char *lib,
			    size_t *n)
{
	const struct { const char *name; const char *value; } token[] = {
		{ "$ORIGIN", origin }, { "${ORIGIN}", origin },
		{ "$PLATFORM", "x86_64" }, { "${PLATFORM}", "x86_64" },
		{ "$LIB", lib }, { "${LIB}", lib },
	};
	size_t i;

	for (i = 0; i < sizeof(token) / sizeof(*token); i++) {
		*n = strlen(token[i].name);
		if (!strncmp(text, token[i].name, *n))
			return token[i].value;
	}
	return NULL;
}

/* The N letters of an entry of RPATH, with its tokens replaced; false: too long. */
static bool expand(char dir[PATH_MAX], const char *entry, size_t n,
		   const char *origin, const char *lib)
{
	size_t used = 0, i = 0, skip;
	const char *value;

	while (i < n && used < PATH_MAX - 1) {
		value = token_at(entry + i, origin, lib, &skip);
		if (!value) {
			dir[used++] = entry[i++];
			continue;
		}
		i += skip;
		used += (size_t)snprintf(dir + used, PATH_MAX - used, "%s", value);
	}
	if (used >= PATH_MAX - 1)
		return false;
	dir[used] = '\0';
	return true;
}

/* One entry of RPATH; what $LIB is depends on the distribution. */
static int try_entry(struct search *s, const char *entry, size_t n,
		     const char *origin, const char *name, const struct elf_needs *of)
{
	static const char * const libs[] = { "lib/x86_64-linux-gnu", "lib64", "lib" };
	char dir[PATH_MAX];
	int found = 0;
	size_t i;

	for (i = 0; !found && i < sizeof(libs) / sizeof(*libs); i++)
		if (expand(dir, entry, n, origin, libs[i]) && dir[0] == '/')
			found = try_dir(s, dir, name, of);
	return found;
}

static int try_list(struct search *s, const char *list, const char *origin,
		    const char *name, const struct elf_needs *of)
{
	size_t n;
	int found = 0;

	for (; list && *list && !found; list += n + (list[n] == ':')) {
		n = strcspn(list, ":");
		found = try_entry(s, list, n, origin, name, of);
	}
	return found;
}

static int take_library(struct search *s, const char *name, const char *path,
			const char *origin, const struct elf_needs *of)
{
	size_t i;
	int found = 0;

	if (strchr(name, '/'))
		return name[0] == '/' ? take(s, name, path, 0) : EXIT_OK;
	if (!of->runpath) {
		found = try_list(s, of->rpath, origin, name, of);
		if (!found)
			found = try_list(s, s->rpath, s->origin, name, of);
	} else {
		found = try_list(s, of->runpath, origin, name, of);
	}
	for (i = 0; !found && i < s->dirs; i++)
		found = try_dir(s, s->dir[i], name, of);
	if (!found)
		say_note("%s needs %s, which is not found", path, name);
	return found < 0 ? EXIT_FAILED : EXIT_OK;
}

/* It saves the loader a search in all directories. */
static int take_loader_cache(struct search *s)
{
	static const char path[] = "/etc/ld.so.cache";
	int fd, status;

	if (is_known(s, path))
		return EXIT_OK;
	fd = open_in(s->root, path);
	if (fd < 0)
		return EXIT_OK;
	status = take_file(s, fd, path, 0);
	close(fd);
	return status;
}

static int find_of_program(struct search *s, struct elf_needs *e, const char *path)
{
	char *origin = strndup(path, (size_t)(strrchr(path, '/') - path));
	int status = EXIT_OK;
	size_t i;

	if (!origin)
		return say_failure("out of memory");
	find_dirs(s);
	if (e->interpreter) {
		free(s->origin);
		free(s->rpath);
		s->origin = strdup(origin);
		s->rpath = e->rpath && !e->runpath ? strdup(e->rpath) : NULL;
		status = take(s, e->interpreter, path, 0);
		if (!status)
			status = take_loader_cache(s);
	}
	for (i = 0; !status && i < e->names; i++)
		status = take_library(s, e->name[i], path, origin, e);
	free(origin);
	return status;
}

static int find(struct search *s, int fd, const char *path, int depth)
{
	char line[LINE_BYTES];
	struct elf_needs e;
	struct stat st;
	int status;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode) || !strchr(path, '/'))
		return EXIT_OK;
	n = pread(fd, line, sizeof(line) - 1, 0);
	if (n < 2)
		return EXIT_OK;
	line[n] = '\0';
	if (line[0] == '#' && line[1] == '!' && st.st_mode & 0111)
		return depth ? find_of_script(s, line, path, depth - 1) : EXIT_OK;
	if (elf_needs_read(&e, fd))
		return EXIT_OK;
	status = find_of_program(s, &e, path);
	elf_needs_free(&e);
	return status;
}

static int find_all(struct search *s, int fd, const char *path)
{
	int status = find(s, fd, path, DEPTH);
	size_t i;

	/* What is found is appended while it is walked. */
	for (i = 0; !status && i < s->needs; i++) {
		fd = open_in(s->root, s->need[i].path);
		if (fd < 0)
			continue;
		status = find(s, fd, s->need[i].path, s->need[i].depth);
		close(fd);
	}
	return status;
}

int deps_find(const struct deps *deps, const char *root, int fd,
	      const char *path)
{
	struct search *s = calloc(1, sizeof(*s));
	int status;

	if (!s)
		return say_failure("out of memory");
	s->deps = deps;
	s->root = root;
	status = find_all(s, fd, path);
	while (s->needs)
		free(s->need[--s->needs].path);
	while (s->dirs)
		free(s->dir[--s->dirs]);
	free(s->rpath);
	free(s->origin);
	free(s);
	return status;
}
