// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "elf_needs.h"

#include <errno.h>
#include <gelf.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	SEGMENTS_MAX	= 64,
	DYNAMIC_MAX	= 1 << 16,	/* bytes */
	NAMES_MAX	= 1024,
};

struct reader {
	Elf *elf;
	int fd;
	size_t segments;
	GElf_Xword names_at;		/* in the file */
	GElf_Xword names_bytes;
};

void elf_needs_free(struct elf_needs *e)
{
	size_t i;

	for (i = 0; i < e->names; i++)
		free(e->name[i]);
	free(e->name);
	free(e->interpreter);
	free(e->rpath);
	free(e->runpath);
	memset(e, 0, sizeof(*e));
}

/* The text at this place of the file, of at most BYTES with its 0; or NULL. */
static char *read_text(int fd, GElf_Xword at, GElf_Xword bytes)
{
	char text[PATH_MAX];
	ssize_t n;

	if (at > INT64_MAX)
		return NULL;
	n = pread(fd, text, bytes < sizeof(text) ? bytes : sizeof(text), (off_t)at);
	if (n <= 0 || !memchr(text, 0, (size_t)n))
		return NULL;
	return strdup(text);
}

/* A name of the dynamic section; *TO is replaced. */
static int take_name(const struct reader *r, GElf_Xword offset, char **to)
{
	free(*to);
	*to = offset < r->names_bytes ?
	      read_text(r->fd, r->names_at + offset, r->names_bytes - offset) : NULL;
	return *to ? 0 : -ENOEXEC;
}

static int find_segment(const struct reader *r, GElf_Word type, GElf_Phdr *p)
{
	size_t i;

	for (i = 0; i < r->segments; i++)
		if (gelf_getphdr(r->elf, (int)i, p) && p->p_type == type)
			return 0;
	return -ENOENT;
}

/* Where in the file the byte is that will be at this address. */
static int find_address(const struct reader *r, GElf_Addr address, GElf_Xword *at)
{
	GElf_Phdr p;
	size_t i;

	for (i = 0; i < r->segments; i++) {
		if (!gelf_getphdr(r->elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		*at = p.p_offset + (address - p.p_vaddr);
		return 0;
	}
	return -ENOEXEC;
}

static int find_names(struct reader *r, Elf_Data *dynamic, int entries)
{
	GElf_Addr address = 0;
	GElf_Dyn d;
	int i;

	for (i = 0; i < entries && gelf_getdyn(dynamic, i, &d) &&
	     d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_STRTAB)
			address = d.d_un.d_ptr;
		else if (d.d_tag == DT_STRSZ)
			r->names_bytes = d.d_un.d_val;
	}
	return find_address(r, address, &r->names_at);
}

static int add_needed(struct elf_needs *e, const struct reader *r, GElf_Xword offset)
{
	char *name = NULL, **grown;
	int ret;

	if (e->names == NAMES_MAX)
		return -ENOEXEC;
	ret = take_name(r, offset, &name);
	if (ret)
		return ret;
	grown = reallocarray(e->name, e->names + 1, sizeof(*grown));
	if (!grown) {
		free(name);
		return -ENOMEM;
	}
	e->name = grown;
	e->name[e->names++] = name;
	return 0;
}

static int read_dynamic(struct elf_needs *e, struct reader *r, const GElf_Phdr *p)
{
	size_t each = gelf_fsize(r->elf, ELF_T_DYN, 1, EV_CURRENT);
	Elf_Data *dynamic = NULL;
	int i, entries, ret;
	GElf_Dyn d;

	if (each && p->p_filesz <= DYNAMIC_MAX)
		dynamic = elf_getdata_rawchunk(r->elf, (int64_t)p->p_offset,
					       p->p_filesz - p->p_filesz % each,
					       ELF_T_DYN);
	if (!dynamic)
		return -ENOEXEC;
	entries = (int)(p->p_filesz / each);
	ret = find_names(r, dynamic, entries);
	for (i = 0; !ret && i < entries && gelf_getdyn(dynamic, i, &d) &&
	     d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_NEEDED)
			ret = add_needed(e, r, d.d_un.d_val);
		else if (d.d_tag == DT_RPATH)
			ret = take_name(r, d.d_un.d_val, &e->rpath);
		else if (d.d_tag == DT_RUNPATH)
			ret = take_name(r, d.d_un.d_val, &e->runpath);
	}
	return ret;
}

static int read_all(struct elf_needs *e, struct reader *r)
{
	GElf_Ehdr header;
	GElf_Phdr p;
	int ret = 0;

	if (!gelf_getehdr(r->elf, &header) || elf_getphdrnum(r->elf, &r->segments))
		return -ENOEXEC;
	if (r->segments > SEGMENTS_MAX)
		return -ENOEXEC;
	e->class = gelf_getclass(r->elf);
	e->machine = header.e_machine;
	if (!find_segment(r, PT_INTERP, &p)) {
		e->interpreter = read_text(r->fd, p.p_offset, p.p_filesz);
		if (!e->interpreter || e->interpreter[0] != '/')
			return -ENOEXEC;
	}
	if (!find_segment(r, PT_DYNAMIC, &p))
		ret = read_dynamic(e, r, &p);
	return ret;
}

int elf_needs_read(struct elf_needs *e, int fd)
{
	struct reader r = { .fd = fd };
	int ret = -ENOEXEC;

	memset(e, 0, sizeof(*e));
	elf_version(EV_CURRENT);
	r.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (r.elf && elf_kind(r.elf) == ELF_K_ELF)
		ret = read_all(e, &r);
	elf_end(r.elf);
	if (ret)
		elf_needs_free(e);
	return ret;
}
