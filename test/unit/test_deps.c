// SPDX-License-Identifier: GPL-2.0
/* evg-sources: tools/evergreen/deps.c tools/evergreen/elf_needs.c */
/* What a program needs is found as its loader would, and nothing of it is run. */
#define _GNU_SOURCE
#include <elf.h>
#include <fcntl.h>
#include <limits.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "deps.h"
#include "evergreen.h"

static char root[] = "/tmp/test_deps.XXXXXX";
static char found[4096], notes[4096];

int say_failure(const char *format, ...)
{
	(void)format;
	return EXIT_FAILED;
}

void say_note(const char *format, ...)
{
	va_list args;
	size_t n = strlen(notes);

	va_start(args, format);
	vsnprintf(notes + n, sizeof(notes) - n, format, args);
	va_end(args);
}

static int each(int fd, const char *path, void *arg)
{
	size_t n = strlen(found);

	(void)arg;
	assert_true(fd >= 0);
	snprintf(found + n, sizeof(found) - n, "%s ", path);
	return EXIT_OK;
}

static const char *in_root(const char *path)
{
	static char full[PATH_MAX];

	snprintf(full, sizeof(full), "%s%s", root, path);
	return full;
}

static void put(const char *path, const void *data, size_t bytes, mode_t mode)
{
	char dir[PATH_MAX], *slash;
	int fd;

	snprintf(dir, sizeof(dir), "%s", in_root(path));
	for (slash = dir + strlen(root) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		mkdir(dir, 0755);
		*slash = '/';
	}
	fd = open(dir, O_WRONLY | O_CREAT | O_TRUNC, mode);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, data, bytes), bytes);
	close(fd);
}

/* A program or library that needs libraries, its texts at the file's end. */
struct image {
	Elf64_Ehdr header;
	Elf64_Phdr segment[3];
	Elf64_Dyn dynamic[8];
	char names[256];
};

static void put_elf(const char *path, const char *interpreter, int64_t tag,
		    const char *dirs, const char *first, const char *second)
{
	const struct { int64_t tag; const char *name; } entry[] = {
		{ tag, dirs }, { DT_NEEDED, first }, { DT_NEEDED, second },
	};
	struct image image = {
		.header = {
			.e_ident = ELFMAG,
			.e_type = ET_DYN, .e_machine = EM_X86_64, .e_version = EV_CURRENT,
			.e_phoff = offsetof(struct image, segment),
			.e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 3,
		},
		.segment = {
			{ .p_type = PT_LOAD, .p_filesz = sizeof(image),
			  .p_vaddr = 0x10000 },
			{ .p_type = PT_DYNAMIC,
			  .p_offset = offsetof(struct image, dynamic),
			  .p_filesz = sizeof(image.dynamic) },
			{ .p_type = interpreter ? PT_INTERP : PT_NULL,
			  .p_offset = offsetof(struct image, names) + 1 },
		},
	};
	size_t used = 1, i, n = 0;

	image.header.e_ident[EI_CLASS] = ELFCLASS64;
	image.header.e_ident[EI_DATA] = ELFDATA2LSB;
	image.header.e_ident[EI_VERSION] = EV_CURRENT;
	if (interpreter) {
		image.segment[2].p_filesz = strlen(interpreter) + 1;
		used += (size_t)sprintf(image.names + used, "%s", interpreter) + 1;
	}
	for (i = 0; i < 3; i++) {
		if (!entry[i].name)
			continue;
		image.dynamic[n].d_tag = entry[i].tag;
		image.dynamic[n++].d_un.d_val = used;
		used += (size_t)sprintf(image.names + used, "%s", entry[i].name) + 1;
	}
	image.dynamic[n].d_tag = DT_STRTAB;
	image.dynamic[n++].d_un.d_ptr = 0x10000 + offsetof(struct image, names);
	image.dynamic[n].d_tag = DT_STRSZ;
	image.dynamic[n++].d_un.d_val = sizeof(image.names);
	put(path, &image, sizeof(image), 0755);
}

static int look(const char *path)
{
	struct deps deps = { .each = each };
	int fd = open(in_root(path), O_RDONLY), status;

	assert_true(fd >= 0);
	found[0] = notes[0] = '\0';
	status = deps_find(&deps, root, fd, path);
	close(fd);
	return status;
}

static void expect(const char *path, const char *what)
{
	assert_int_equal(look(path), EXIT_OK);
	assert_string_equal(found, what);
}

static void test_search_order(void **state)
{
	(void)state;
	put_elf("/lib/ld.so", NULL, 0, NULL, NULL, NULL);
	put_elf("/opt/conf/liba.so", NULL, 0, NULL, "libb.so", NULL);
	put_elf("/usr/lib/liba.so", NULL, 0, NULL, NULL, NULL);
	put_elf("/usr/lib/libb.so", NULL, 0, NULL, "liba.so", NULL);
	put("/etc/ld.so.conf", "include /etc/conf.d/*.conf # all\n", 33, 0644);
	put("/etc/conf.d/a.conf", "/opt/conf\n", 10, 0644);
	put_elf("/bin/plain", "/lib/ld.so", 0, NULL, "liba.so", NULL);
	expect("/bin/plain", "/lib/ld.so /opt/conf/liba.so /usr/lib/libb.so ");

	put_elf("/app/lib/liba.so", NULL, 0, NULL, "libb.so", NULL);
	put_elf("/app/lib/libb.so", NULL, 0, NULL, NULL, NULL);
	/* A RUNPATH is the file's own, an RPATH is for all that it loads. */
	put_elf("/app/bin/runs", "/lib/ld.so", DT_RUNPATH, "/none:$ORIGIN/../lib",
		"liba.so", NULL);
	expect("/app/bin/runs",
	       "/lib/ld.so /app/bin/../lib/liba.so /usr/lib/libb.so /opt/conf/liba.so ");
	put_elf("/app/bin/rpath", "/lib/ld.so", DT_RPATH, "${ORIGIN}/../$LIB",
		"liba.so", NULL);
	expect("/app/bin/rpath",
	       "/lib/ld.so /app/bin/../lib/liba.so /app/bin/../lib/libb.so ");
}

static void test_not_found_is_a_note(void **state)
{
	(void)state;
	put_elf("/bin/lacks", "/lib/none.so", 0, NULL, "libnone.so", NULL);
	expect("/bin/lacks", "");
	assert_non_null(strstr(notes, "/bin/lacks needs /lib/none.so"));
	assert_non_null(strstr(notes, "/bin/lacks needs libnone.so"));
}

/* A file of another machine, and what is no library, are passed over. */
static void test_other_machine(void **state)
{
	const Elf64_Half other = EM_AARCH64;
	int fd;

	(void)state;
	put_elf("/opt/conf/libm.so", NULL, 0, NULL, NULL, NULL);
	fd = open(in_root("/opt/conf/libm.so"), O_WRONLY);
	assert_int_equal(pwrite(fd, &other, sizeof(other),
				offsetof(Elf64_Ehdr, e_machine)), sizeof(other));
	close(fd);
	put_elf("/usr/lib/libm.so", NULL, 0, NULL, NULL, NULL);
	put_elf("/bin/other", "/lib/ld.so", 0, NULL, "libm.so", NULL);
	expect("/bin/other", "/lib/ld.so /usr/lib/libm.so ");
}

static void test_scripts(void **state)
{
	(void)state;
	put("/bin/script", "#!/usr/bin/env -S plain -x\n", 27, 0755);
	put("/usr/bin/env", "", 0, 0755);
	expect("/bin/script",
	       "/usr/bin/env /bin/plain /lib/ld.so /opt/conf/liba.so /usr/lib/libb.so ");
	/* One that runs itself comes to an end. */
	put("/bin/self", "#!/bin/self\n", 12, 0755);
	expect("/bin/self", "/bin/self ");
}

static volatile sig_atomic_t children;

static void child_ended(int number)
{
	(void)number;
	children++;
}

/* The image may be hostile, its loader above all: no program is started. */
static void test_nothing_runs(void **state)
{
	(void)state;
	signal(SIGCHLD, child_ended);
	expect("/bin/plain", "/lib/ld.so /opt/conf/liba.so /usr/lib/libb.so ");
	signal(SIGCHLD, SIG_DFL);
	assert_int_equal(children, 0);
}

/* Whatever a file says: an answer, soon, and no byte beyond. */
static void test_damage(void **state)
{
	struct image image;
	size_t at;
	int fd, bit;

	(void)state;
	fd = open(in_root("/app/bin/runs"), O_RDONLY);
	assert_int_equal(read(fd, &image, sizeof(image)), sizeof(image));
	close(fd);
	for (at = 0; at < sizeof(image); at++) {
		for (bit = 1; bit < 256; bit *= 2) {
			((uint8_t *)&image)[at] ^= (uint8_t)bit;
			put("/bin/damaged", &image, sizeof(image), 0755);
			assert_int_equal(look("/bin/damaged"), EXIT_OK);
			((uint8_t *)&image)[at] ^= (uint8_t)bit;
		}
		put("/bin/damaged", &image, at, 0755);
		assert_int_equal(look("/bin/damaged"), EXIT_OK);
	}
}

static int set_up(void **state)
{
	(void)state;
	return mkdtemp(root) ? 0 : -1;
}

static int tear_down(void **state)
{
	char command[64];

	(void)state;
	snprintf(command, sizeof(command), "rm -r %s", root);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_search_order),
		cmocka_unit_test(test_not_found_is_a_note),
		cmocka_unit_test(test_other_machine),
		cmocka_unit_test(test_scripts),
		cmocka_unit_test(test_nothing_runs),
		cmocka_unit_test(test_damage),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
