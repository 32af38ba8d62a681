/* SPDX-License-Identifier: GPL-2.0 */
/* What a program loads before it begins: its interpreter, its libraries. */
#ifndef EVERGREEN_DEPS_H
#define EVERGREEN_DEPS_H

struct deps {
	/* Each file that is needed, open; the same one may come again. */
	int (*each)(int fd, const char *path, void *arg);
	void *arg;
};

/* Those of the file FD, if it is a program; PATH is its name below ROOT, the
 * directory that is / to the program.  What is not found is a note.  Returns
 * EXIT_OK, or EXIT_FAILED after a message or when EACH failed.
 */
int deps_find(const struct deps *deps, const char *root, int fd,
	      const char *path);

#endif
