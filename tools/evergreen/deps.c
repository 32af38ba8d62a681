// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* pipe2, fexecve */
#include "deps.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evergreen.h"

enum {
	DEPTH		= 4,		/* scripts that are run by scripts */
	NEEDS		= 32,		/* programs looked at, for one */
	LINE_BYTES	= 256,		/* that a kernel reads of "#!" */
	SEGMENTS	= 64,
	NOBODY		= 65534,
};

/* PATH as a program in ROOT would open it, whatever links lead out of there. */
static int open_in(const char *root, const char *path)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC,
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

/* A program that is needed, and has needs of its own. */
struct need {
	int fd;
	int depth;
	char path[PATH_MAX];
};

struct search {
	const struct deps *deps;
	const char *root;
	struct need need[NEEDS];
	size_t needs;
};

/* A file that PATH needs; with DEPTH, what that needs in turn is looked at, too. */
static int take(struct search *s, const char *needed, const char *path, int depth)
{
	int fd = open_in(s->root, needed), status;
	struct need *need;

	if (fd < 0) {
		say_note("%s needs %s, which is not found: %s", path, needed,
			 strerror(errno));
		return EXIT_OK;
	}
	status = s->deps->each(fd, needed, s->deps->arg);
	if (status || !depth || s->needs == NEEDS) {
		close(fd);
		return status;
	}
	need = &s->need[s->needs++];
	need->fd = fd;
	need->depth = depth - 1;
	snprintf(need->path, sizeof(need->path), "%s", needed);
	return EXIT_OK;
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

/* The PT_INTERP of an ELF file of this machine's byte order; false: none. */
static bool get_interpreter(int fd, char *name, size_t bytes)
{
	uint8_t head[sizeof(Elf64_Ehdr)];
	Elf64_Ehdr h64;
	Elf32_Ehdr h32;
	Elf64_Phdr p64;
	Elf32_Phdr p32;
	uint64_t at = 0, size = 0;
	uint32_t i, type;
	bool is_64;

	if (pread(fd, head, sizeof(head), 0) < (ssize_t)sizeof(Elf32_Ehdr) ||
	    memcmp(head, ELFMAG, SELFMAG))
		return false;
	is_64 = head[EI_CLASS] == ELFCLASS64;
	memcpy(&h64, head, sizeof(h64));
	memcpy(&h32, head, sizeof(h32));
	for (i = 0; i < SEGMENTS && i < (is_64 ? h64.e_phnum : h32.e_phnum); i++) {
		if (is_64) {
			if (pread(fd, &p64, sizeof(p64), (off_t)(h64.e_phoff +
				  i * sizeof(p64))) != sizeof(p64))
				return false;
			type = p64.p_type;
			at = p64.p_offset;
			size = p64.p_filesz;
		} else {
			if (pread(fd, &p32, sizeof(p32), (off_t)(h32.e_phoff +
				  i * sizeof(p32))) != sizeof(p32))
				return false;
			type = p32.p_type;
			at = p32.p_offset;
			size = p32.p_filesz;
		}
		if (type == PT_INTERP)
			break;
		size = 0;
	}
	if (!size || size > bytes || pread(fd, name, size, (off_t)at) != (ssize_t)size)
		return false;
	return name[0] == '/' && !name[size - 1];
}

/* In a child: nothing that comes from the disk is run with our rights. */
static _Noreturn void be_lister(const char *root, const char *interpreter,
				const char *path, int out)
{
	if (chroot(root) || chdir("/") || setgroups(0, NULL) || setgid(NOBODY) ||
	    setuid(NOBODY) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) ||
	    dup2(out, STDOUT_FILENO) < 0)
		_exit(EXIT_FAILED);
	execl(interpreter, interpreter, "--list", path, NULL);
	_exit(EXIT_FAILED);
}

/* "\tlibc.so.6 => /lib/libc.so.6 (0x7f...)" or "\t/lib64/ld.so.2 (0x7f...)" */
static int take_library(struct search *s, char *line, const char *path)
{
	char *arrow = strstr(line, " => "), *name, *end;

	name = arrow ? arrow + 4 : line + strspn(line, " \t");
	end = strstr(name, " (0x");
	if (arrow && !strncmp(name, "not found", 9)) {
		*arrow = '\0';
		say_note("%s needs %s, which is not found", path,
			 line + strspn(line, " \t"));
		return EXIT_OK;
	}
	if (!end || name[0] != '/')
		return EXIT_OK;		/* the kernel's own */
	*end = '\0';
	return take(s, name, path, 0);
}

static int take_libraries(struct search *s, int from, const char *path)
{
	FILE *in = fdopen(from, "r");
	int status = EXIT_OK;
	char *line = NULL;
	size_t room = 0;

	if (!in) {
		close(from);
		return say_failure("out of memory");
	}
	while (!status && getline(&line, &room, in) > 0)
		status = take_library(s, line, path);
	free(line);
	fclose(in);
	return status;
}

/* It saves the loader a search in all directories. */
static int take_loader_cache(struct search *s)
{
	static const char path[] = "/etc/ld.so.cache";
	int fd = open_in(s->root, path), status;

	if (fd < 0)
		return EXIT_OK;
	status = s->deps->each(fd, path, s->deps->arg);
	close(fd);
	return status;
}

static int find_of_program(struct search *s, const char *interpreter,
			   const char *path)
{
	int out[2], status, result = 0;
	pid_t pid;

	status = take(s, interpreter, path, 0);
	if (!status)
		status = take_loader_cache(s);
	if (!status && pipe2(out, O_CLOEXEC))
		status = say_failure("cannot make a pipe: %s", strerror(errno));
	if (status)
		return status;
	pid = fork();
	if (!pid)
		be_lister(s->root, interpreter, path, out[1]);
	close(out[1]);
	status = take_libraries(s, out[0], path);
	if (pid > 0)
		waitpid(pid, &result, 0);
	if (pid < 0 || result)
		say_note("%s: its libraries are not known, for '%s --list' failed",
			 path, interpreter);
	return status;
}

static int find(struct search *s, int fd, const char *path, int depth)
{
	char line[LINE_BYTES], interpreter[PATH_MAX];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		return EXIT_OK;
	n = pread(fd, line, sizeof(line) - 1, 0);
	if (n < 2)
		return EXIT_OK;
	line[n] = '\0';
	if (line[0] == '#' && line[1] == '!' && st.st_mode & 0111)
		return find_of_script(s, line, path, depth);
	if (get_interpreter(fd, interpreter, sizeof(interpreter)))
		return find_of_program(s, interpreter, path);
	return EXIT_OK;
}

int deps_find(const struct deps *deps, const char *root, int fd,
	      const char *path)
{
	struct search *s = calloc(1, sizeof(*s));
	struct need *need;
	int status;

	if (!s)
		return say_failure("out of memory");
	s->deps = deps;
	s->root = root;
	status = find(s, fd, path, DEPTH);
	for (need = s->need; need < s->need + s->needs; need++) {
		if (!status)
			status = find(s, need->fd, need->path, need->depth);
		close(need->fd);
	}
	free(s);
	return status;
}
