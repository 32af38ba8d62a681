/* SPDX-License-Identifier: GPL-2.0 */
/* What an ELF file says that its loader shall load; nothing of it is run. */
#ifndef EVERGREEN_ELF_NEEDS_H
#define EVERGREEN_ELF_NEEDS_H

#include <stddef.h>
#include <stdint.h>

struct elf_needs {
	int class;		/* ELFCLASS32 or ELFCLASS64 */
	uint16_t machine;
	char *interpreter;	/* the loader's path; NULL: a library, or static */
	char *rpath;		/* directories with ':' between; NULL: none */
	char *runpath;		/* the same, and then rpath does not count */
	char **name;		/* DT_NEEDED, in order */
	size_t names;
};

/* 0, -ENOEXEC when it is no ELF file that makes sense, or -ENOMEM.  The file may
 * lie: all that it says is bounded.  elf_needs_free() only after a 0.
 */
int elf_needs_read(struct elf_needs *e, int fd);
void elf_needs_free(struct elf_needs *e);

#endif
