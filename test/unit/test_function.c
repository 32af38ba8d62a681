// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/function.c userspace/lib/function_json.c */
/* evg-sources: userspace/lib/function_file.c */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <endian.h>
#include <errno.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <function.h>

enum { BLOCKS = 100000 };

/* A function's file, so that a test can change one thing of it. */
#define TOP(version) "{\"format\":\"evergreen-function\",\"version\":" version ","
#define ABOUT "\"name\":\"ls\",\"weight\":100,\"pinned\":false," \
	"\"recorded\":1700000000,\"command\":\"ls -l\",\"block_bytes\":4096,"
#define ZEROES "00000000000000000000000000000000"
#define IMAGE_OF(bytes, fingerprint, samples) "\"image\":{\"bytes\":" bytes \
	",\"fingerprint\":\"" fingerprint "\",\"samples\":[" samples "]},"
#define IMAGE IMAGE_OF("4096000", ZEROES ZEROES, "0,999")
#define NO_RANGES "\"ranges\":[]}"

static char home[64] = "/tmp/evg-function.XXXXXX";

static struct evg_header a_header(void)
{
	struct evg_header header;

	memset(&header, 0, sizeof(header));
	header.image_bytes = htole64(BLOCKS * 4096ULL - 100);
	header.samples = htole32(2);
	header.sample[1] = htole64(BLOCKS - 1);
	memset(header.fingerprint, 0xa5, sizeof(header.fingerprint));
	return header;
}

static void start(struct function *f)
{
	struct evg_header header = a_header();

	function_init(f, "some", &header);
}

static void identity_comes_from_the_header(void **state)
{
	struct function f;

	(void)state;
	start(&f);
	assert_string_equal(f.name, "some");
	assert_int_equal(f.image_bytes, BLOCKS * 4096ULL - 100);
	assert_int_equal(f.samples, 2);
	assert_int_equal(f.sample[1], BLOCKS - 1);
	assert_int_equal(f.fingerprint[31], 0xa5);
	assert_int_equal(f.weight, FUNCTION_WEIGHT);
	assert_int_equal(f.ranges, 0);
	function_free(&f);
}

static void only_new_blocks_are_added(void **state)
{
	struct function f;

	(void)state;
	start(&f);
	assert_int_equal(function_add(&f, 10, 5), 0);
	assert_int_equal(function_add(&f, 10, 5), 0);
	assert_int_equal(f.ranges, 1);
	assert_int_equal(function_add(&f, 8, 10), 0);
	assert_int_equal(f.ranges, 3);
	assert_int_equal(f.range[1].first, 8);
	assert_int_equal(f.range[1].count, 2);
	assert_int_equal(f.range[2].first, 15);
	assert_int_equal(f.range[2].count, 3);
	assert_int_equal(f.blocks, 10);
	/* What adjoins the last range makes it longer. */
	assert_int_equal(function_add(&f, 18, 4), 0);
	assert_int_equal(f.ranges, 3);
	assert_int_equal(f.range[2].count, 7);
	function_settle(&f);
	assert_int_equal(function_add(&f, 0, 30), 0);
	assert_int_equal(f.blocks, 30);
	function_free(&f);
}

static void blocks_beyond_the_end_are_refused(void **state)
{
	struct function f;

	(void)state;
	start(&f);
	assert_int_equal(function_add(&f, BLOCKS - 1, 1), 0);
	assert_int_equal(function_add(&f, BLOCKS, 1), -ERANGE);
	assert_int_equal(function_add(&f, BLOCKS - 1, 2), -ERANGE);
	assert_int_equal(function_add(&f, 1, UINT64_MAX), -ERANGE);
	assert_int_equal(f.blocks, 1);
	function_free(&f);
}

static void bytes_add_the_blocks_they_touch(void **state)
{
	struct function f;

	(void)state;
	start(&f);
	assert_int_equal(function_add_bytes(&f, 4096, 0), 0);
	assert_int_equal(f.blocks, 0);
	assert_int_equal(function_add_bytes(&f, 4095, 2), 0);
	assert_int_equal(f.range[0].first, 0);
	assert_int_equal(f.blocks, 2);
	/* The image's end is in the midst of its last block. */
	assert_int_equal(function_add_bytes(&f, (BLOCKS - 1) * 4096ULL, UINT64_MAX), 0);
	assert_int_equal(function_add_bytes(&f, f.image_bytes, 1), 0);
	assert_int_equal(f.range[1].first, BLOCKS - 1);
	assert_int_equal(f.blocks, 3);
	function_free(&f);
}

/* Against a plain array, in random order, with the memory given away at times. */
static void adding_agrees_with_a_plain_array(void **state)
{
	static bool has[BLOCKS];
	uint64_t first, count, i, all = 0;
	struct function f;
	int round;

	(void)state;
	srandom(7);
	start(&f);
	for (round = 0; round < 3000; round++) {
		first = (uint64_t)random() % BLOCKS;
		count = 1 + (uint64_t)random() % 40;
		if (count > BLOCKS - first)
			count = BLOCKS - first;
		assert_int_equal(function_add(&f, first, count), 0);
		for (i = first; i < first + count; i++) {
			all += !has[i];
			has[i] = true;
		}
		assert_int_equal(f.blocks, all);
		if (!(round % 1000))
			function_settle(&f);
	}
	for (i = 0; i < f.ranges; i++) {
		first = f.range[i].first;
		count = f.range[i].count;
		for (; count; first++, count--) {
			assert_true(has[first]);
			has[first] = false;
			all--;
		}
	}
	assert_int_equal(all, 0);
	function_free(&f);
}

static void names_are_checked(void **state)
{
	static const char * const bad[] = {
		"", ".", "..", ".x", "a/b", "a b", "-x", "\303\274", "a\nb",
		"0123456789012345678901234567890123456789012345678901234567890123",
		NULL,
	};
	char path[200];
	int i;

	(void)state;
	assert_true(function_name_is_good("gcc-12.2_c++"));
	assert_true(function_name_is_good("x"));
	for (i = 0; bad[i]; i++) {
		assert_false(function_name_is_good(bad[i]));
		assert_int_equal(function_path(path, sizeof(path), "/h", bad[i]),
				 -EINVAL);
	}
	assert_int_equal(function_path(path, sizeof(path), "/h", "ls"), 0);
	assert_string_equal(path, "/h/functions/ls.json");
	assert_int_equal(function_path(path, 10, "/h", "ls"), -ENAMETOOLONG);
}

static void homes_differ_by_kind_of_cache(void **state)
{
	static const uint8_t uuid[16] = { 0x01, 0x23, 0x45, 0x67, 0x89, 0xab };
	char path[200];

	(void)state;
	function_home(path, sizeof(path), "/c/a", false, uuid);
	assert_string_equal(path, "/c/a");
	function_home(path, sizeof(path), "/dev/sdb1", true, uuid);
	assert_string_equal(path, "/var/lib/evergreen/01234567-89ab-0000-0000-000000000000");
}

static void saved_is_loaded_the_same(void **state)
{
	char path[PATH_MAX];
	struct function f, g;
	struct stat st;

	(void)state;
	start(&f);
	f.command = strdup("sh -c 'echo \"x\" \t\\ \303\274'");
	f.weight = 7;
	f.pinned = true;
	assert_int_equal(function_add(&f, 77, 3), 0);
	assert_int_equal(function_add(&f, 0, 1), 0);
	assert_int_equal(function_path(path, sizeof(path), home, f.name), 0);
	assert_int_equal(function_save(&f, path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(function_load(&g, path), 0);
	assert_string_equal(g.name, f.name);
	assert_string_equal(g.command, f.command);
	assert_int_equal(g.weight, 7);
	assert_true(g.pinned);
	assert_int_equal(g.recorded, f.recorded);
	assert_int_equal(g.image_bytes, f.image_bytes);
	assert_memory_equal(g.fingerprint, f.fingerprint, 32);
	assert_int_equal(g.samples, 2);
	assert_int_equal(g.sample[1], BLOCKS - 1);
	assert_int_equal(g.ranges, 2);
	assert_int_equal(g.range[0].first, 77);
	assert_int_equal(g.range[0].count, 3);
	assert_int_equal(g.range[1].first, 0);
	assert_int_equal(g.blocks, 4);
	function_free(&f);
	function_free(&g);
}

static void write_file(const char *name, const char *text)
{
	char path[PATH_MAX];
	FILE *out;

	snprintf(path, sizeof(path), "%s/functions/%s", home, name);
	out = fopen(path, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void note_bad(const char *path, const char *why, void *arg)
{
	(void)path;
	assert_non_null(strstr(why, path));
	++*(int *)arg;
}

static void all_but_the_bad_are_loaded(void **state)
{
	char path[PATH_MAX];
	struct function *all, f;
	struct stat st;
	int bad = 0;
	size_t n;

	(void)state;
	start(&f);
	assert_int_equal(function_path(path, sizeof(path), home, "some"), 0);
	assert_int_equal(function_save(&f, path), 0);
	snprintf(path, sizeof(path), "%s/functions/other.json", home);
	assert_int_equal(function_save(&f, path), 0);
	function_free(&f);
	write_file("half.json", TOP("1") ABOUT);
	write_file("some.json.AbCdEf", "what a crash left");
	assert_int_equal(function_load_all(home, &all, &n, note_bad, &bad), 0);
	assert_int_equal(n, 1);
	assert_int_equal(bad, 2);
	assert_string_equal(all[0].name, "some");
	function_free(&all[0]);
	free(all);
	assert_int_equal(function_load_all("/nowhere", &all, &n, NULL, NULL), 0);
	assert_int_equal(n, 0);
	free(all);
	assert_int_equal(stat(home, &st), 0);
}

static void a_failed_save_leaves_the_old(void **state)
{
	char path[PATH_MAX], twice[PATH_MAX + 8];
	struct function f, g;

	(void)state;
	start(&f);
	assert_int_equal(function_path(path, sizeof(path), home, "some"), 0);
	assert_int_equal(function_save(&f, path), 0);
	/* A directory cannot be replaced by a file. */
	snprintf(twice, sizeof(twice), "%s/functions", home);
	assert_true(function_save(&f, twice) < 0);
	assert_non_null(strstr(function_error(), twice));
	assert_int_equal(function_load(&g, path), 0);
	function_free(&f);
	function_free(&g);
}

static void a_person_chooses_where_it_is_exported(void **state)
{
	char path[PATH_MAX], link[PATH_MAX], text[PATH_MAX + 16];
	struct function f, g;
	struct stat st;
	mode_t mask = umask(022);

	(void)state;
	start(&f);
	/* New: as any file.  There: its mode stays.  A link: what it names. */
	snprintf(path, sizeof(path), "%s/exported", home);
	assert_int_equal(function_export(&f, path), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0644);
	assert_int_equal(chmod(path, 0640), 0);
	snprintf(link, sizeof(link), "%s/link", home);
	assert_int_equal(symlink("exported", link), 0);
	assert_int_equal(function_export(&f, link), 0);
	assert_int_equal(lstat(link, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_int_equal(stat(link, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(function_load(&g, path), 0);
	function_free(&g);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(function_export(&f, link), 0);
	assert_int_equal(function_load(&g, path), 0);
	function_free(&g);
	/* No file: through it.  No directory: not made. */
	assert_int_equal(function_export(&f, "/dev/null"), 0);
	assert_int_equal(stat("/dev/null", &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	snprintf(text, sizeof(text), "%s/none/file", home);
	assert_int_equal(function_export(&f, text), -ENOENT);
	assert_int_equal(function_export(&f, home), -EISDIR);
	assert_int_equal(unlink(path) | unlink(link), 0);
	umask(mask);
	function_free(&f);
}

/* A few bytes claim 2^34 blocks: no memory and no time is spent for each. */
static void a_claim_costs_nothing(void **state)
{
	static const char text[] = TOP("1") ABOUT
		IMAGE_OF("1125899906842624", ZEROES ZEROES, "0") "\"ranges\":["
		"[0,4294967295],[4294967296,4294967295],[8589934592,4294967295],"
		"[12884901888,4294967295]]}";
	struct function f;

	(void)state;
	alarm(20);		/* it took a minute and 2 GiB */
	assert_int_equal(function_parse(&f, text, strlen(text)), 0);
	assert_int_equal(f.blocks, 4 * 4294967295ULL);
	function_free(&f);
	alarm(0);
}

static int parse(const char *text)
{
	struct function f;
	int ret = function_parse(&f, text, strlen(text));

	function_free(&f);
	return ret;
}

static void good_texts_are_understood(void **state)
{
	(void)state;
	assert_int_equal(parse(TOP("1") ABOUT IMAGE "\"ranges\":[]}"), 0);
	assert_int_equal(parse(TOP("1") ABOUT IMAGE "\"ranges\":[[0,1],[998,2]]}"), 0);
	assert_int_equal(parse(TOP("1") ABOUT IMAGE "\"more\":{},\"ranges\":[[5,5]]}\n"), 0);
}

static void bad_texts_are_refused(void **state)
{
	static const char * const bad[] = {
		"", "x", "[]", "null", "{}", "{",
		TOP("1") ABOUT IMAGE "\"ranges\":[[0,1]",
		TOP("1") ABOUT IMAGE "\"ranges\":[[0,0]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[0,1],[0,1]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[7,3],[5,3]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[1000,1]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[999,2]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[-1,2]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[1,-1]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[1,2.0]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[\"1\",2]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[1,18446744073709551615]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[1,2,3]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":[[[[[[[[[[1]]]]]]]]]]}",
		TOP("1") ABOUT IMAGE "\"ranges\":{}}",
		TOP("1") ABOUT IMAGE "\"ranges\":[]} x",
		TOP("1") ABOUT IMAGE "\"weight\":0,\"ranges\":[]}",
		TOP("1") ABOUT IMAGE "\"weight\":1001,\"ranges\":[]}",
		TOP("1") ABOUT IMAGE "\"pinned\":1,\"ranges\":[]}",
		TOP("1") ABOUT IMAGE "\"name\":\"../x\",\"ranges\":[]}",
		TOP("1") ABOUT IMAGE "\"name\":\"a\\u0000b\",\"ranges\":[]}",
		TOP("1") ABOUT IMAGE "\"block_bytes\":512,\"ranges\":[]}",
		TOP("1") ABOUT IMAGE_OF("4096000", "00", "0") NO_RANGES,
		TOP("1") ABOUT IMAGE_OF("4096000", ZEROES ZEROES, "") NO_RANGES,
		TOP("1") ABOUT IMAGE_OF("4096000", ZEROES ZEROES, "1000") NO_RANGES,
		TOP("1") ABOUT IMAGE_OF("0", ZEROES ZEROES, "0") NO_RANGES,
		TOP("1") ABOUT "\"ranges\":[]}",
		TOP("1") IMAGE "\"ranges\":[]}",
		NULL,
	};
	int i;

	(void)state;
	for (i = 0; bad[i]; i++)
		if (parse(bad[i]) != -EINVAL && parse(bad[i]) != -ERANGE)
			fail_msg("understood: %s", bad[i]);
	assert_int_equal(parse(TOP("2") ABOUT IMAGE "\"ranges\":[]}"),
			 -EPROTONOSUPPORT);
	assert_non_null(strstr(function_error(), "version 2"));
}

static int make_home(void **state)
{
	(void)state;
	return mkdtemp(home) ? 0 : -1;
}

static int remove_one(const char *path, const struct stat *st, int type,
		      struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int remove_home(void **state)
{
	(void)state;
	return nftw(home, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity_comes_from_the_header),
		cmocka_unit_test(only_new_blocks_are_added),
		cmocka_unit_test(blocks_beyond_the_end_are_refused),
		cmocka_unit_test(bytes_add_the_blocks_they_touch),
		cmocka_unit_test(adding_agrees_with_a_plain_array),
		cmocka_unit_test(names_are_checked),
		cmocka_unit_test(homes_differ_by_kind_of_cache),
		cmocka_unit_test(saved_is_loaded_the_same),
		cmocka_unit_test(all_but_the_bad_are_loaded),
		cmocka_unit_test(a_failed_save_leaves_the_old),
		cmocka_unit_test(a_person_chooses_where_it_is_exported),
		cmocka_unit_test(a_claim_costs_nothing),
		cmocka_unit_test(good_texts_are_understood),
		cmocka_unit_test(bad_texts_are_refused),
	};

	return cmocka_run_group_tests(tests, make_home, remove_home);
}
