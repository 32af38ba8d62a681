// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/lib/c*.c */
#define _GNU_SOURCE
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#include "cache.h"

static char home[24];
static char path[64], map[80], clean[80];
static const uint64_t sample[3] = { 0, 99, 42 };
static const uint8_t fingerprint[32] = { 1, 2, 3 };

/* 40000 blocks: three map pages; the last block is cut short. */
static const uint64_t image_bytes = 40000 * 4096ULL - 100;

static void remove_all(void)
{
	unlink(map);
	unlink(clean);
	rmdir(path);
}

static int begin_all(void **state)
{
	(void)state;
	snprintf(home, sizeof(home), "./test-cache-XXXXXX");
	if (!mkdtemp(home))
		return -1;
	snprintf(path, sizeof(path), "%s/cache", home);
	snprintf(map, sizeof(map), "%s/map", path);
	snprintf(clean, sizeof(clean), "%s/clean", path);
	return 0;
}

static int end_all(void **state)
{
	(void)state;
	return rmdir(home);
}

static int begin(void **state)
{
	(void)state;
	return cache_create(path, image_bytes, sample, fingerprint, 3, false);
}

static int end(void **state)
{
	(void)state;
	remove_all();
	return 0;
}

static void put(const char *file, const void *data, size_t bytes, off_t at)
{
	int fd = open(file, O_WRONLY);

	assert_true(fd >= 0);
	assert_int_equal(pwrite(fd, data, bytes, at), bytes);
	close(fd);
}

/* Map page INDEX into slot SLOT, as the kernel writes it. */
static void put_page(uint64_t index, int slot, uint64_t generation,
		     const struct evg_map_page *words)
{
	struct evg_map_page page = *words;
	struct cache c;
	uint32_t crc;

	assert_int_equal(cache_open(&c, path, true), 0);
	page.generation = htole64(generation);
	page.index = htole64(index);
	page.magic = htole32(EVG_MAP_MAGIC);
	crc = crc32c(0, c.header.uuid, 16);
	crc = crc32c(crc, &page, offsetof(struct evg_map_page, crc));
	page.crc = htole32(crc);
	cache_close(&c);
	put(map, &page, sizeof(page), EVG_MAP_OFFSET +
	    (off_t)((index * 2 + (uint64_t)slot) * sizeof(page)));
}

static void mark(struct evg_map_page *page, uint32_t first, uint32_t count,
		 unsigned int what)
{
	for (; count--; first++)
		page->words[first / 32] |=
			htole64((uint64_t)what << (2 * (first % 32)));
}

static int check(char *out, size_t bytes)
{
	FILE *file = fmemopen(out, bytes, "w");
	int ret = cache_check(path, file);

	fclose(file);
	return ret;
}

static void the_crc_is_crc32c(void **state)
{
	(void)state;
	assert_int_equal(crc32c(0, "123456789", 9), 0xe3069283);
	assert_int_equal(crc32c(crc32c(0, "1234", 4), "56789", 5), 0xe3069283);
	assert_int_equal(crc32c(0, "", 0), 0);
}

static void what_is_made_can_be_opened(void **state)
{
	struct cache c;
	struct stat st;

	(void)state;
	assert_int_equal(cache_exists(path), 1);
	assert_int_equal(cache_open(&c, path, false), 0);
	assert_int_equal(c.image_bytes, image_bytes);
	assert_int_equal(c.blocks, 40000);
	assert_int_equal(c.data_offset, 0);
	assert_false(c.is_bdev);
	assert_int_equal(le64toh(c.header.sample[2]), 42);
	assert_memory_equal(c.header.fingerprint, fingerprint, 32);
	assert_int_equal(fstat(c.clean_fd, &st), 0);
	assert_int_equal(st.st_size, 40000 * 4096);
	assert_int_equal(fstat(c.map_fd, &st), 0);
	assert_int_equal(st.st_size, EVG_MAP_OFFSET + 3 * 8192);
	cache_close(&c);
	assert_int_equal(cache_create(path, 4096, sample, fingerprint, 1,
				      false), -EEXIST);
}

static void a_foreign_file_is_not_overwritten(void **state)
{
	struct stat st;

	(void)state;
	unlink(map);
	put(clean, "precious", 8, 0);
	assert_int_equal(cache_create(path, image_bytes, sample, fingerprint,
				      3, false), -EEXIST);
	assert_int_equal(stat(map, &st), -1);
}

static void one_cache_serves_one_disk(void **state)
{
	struct cache one, two;

	(void)state;
	assert_int_equal(cache_open(&one, path, false), 0);
	assert_int_equal(cache_open(&two, path, false), -EBUSY);
	assert_int_equal(cache_open(&two, path, true), 0);
	cache_close(&two);
	assert_int_equal(cache_open_attached(&two, path), 0);
	cache_close(&two);
	cache_close(&one);
	assert_int_equal(cache_open(&two, path, false), 0);
	cache_close(&two);
}

static void damage_is_refused(void **state)
{
	const int at[] = { 0, 9, 20, 60, 300, EVG_HEADER_BYTES - 1, -1 };
	uint8_t header[2 * EVG_HEADER_BYTES], flipped;
	struct cache c;
	int fd;
	size_t i;

	(void)state;
	fd = open(map, O_RDONLY);
	assert_int_equal(read(fd, header, sizeof(header)), sizeof(header));
	close(fd);
	for (i = 0; at[i] >= 0; i++) {
		flipped = header[at[i]] ^ 4;
		put(map, &flipped, 1, at[i]);
		assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
		assert_non_null(strstr(cache_error(), "make it again"));
		put(map, header, sizeof(header), 0);
	}
	assert_int_equal(cache_open(&c, path, false), 0);
	cache_close(&c);
	assert_int_equal(truncate(map, EVG_MAP_OFFSET), 0);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
	assert_int_equal(truncate(map, 100), 0);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
}

static void a_clean_of_another_size_is_refused(void **state)
{
	struct cache c;

	(void)state;
	assert_int_equal(truncate(clean, 4096), 0);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
}

static void get_header(struct evg_header *h)
{
	int fd = open(map, O_RDONLY);

	assert_int_equal(read(fd, h, sizeof(*h)), sizeof(*h));
	close(fd);
}

static void put_header(struct evg_header *h)
{
	h->crc = htole32(crc32c(0, h, offsetof(struct evg_header, crc)));
	put(map, h, sizeof(*h), 0);
}

/* The header that does not count goes to the slot that the next one takes. */
static void the_other_header_counts_when_one_is_damaged(void **state)
{
	const uint8_t noise = 0x55;
	struct cache c;

	(void)state;
	assert_int_equal(cache_open(&c, path, false), 0);
	assert_int_equal(cache_begin_use(&c), 0);
	cache_close(&c);
	put(map, &noise, 1, EVG_HEADER_BYTES + 300);
	assert_int_equal(cache_open(&c, path, false), 0);
	assert_int_equal(le64toh(c.header.generation), 0);
	assert_null(cache_distrusts(&c));
	assert_int_equal(cache_begin_use(&c), 0);
	assert_int_equal(cache_end_use(&c), 0);
	cache_close(&c);
	put(map, &noise, 1, 300);
	assert_int_equal(cache_open(&c, path, false), 0);
	assert_int_equal(le64toh(c.header.generation), 1);
	assert_null(cache_distrusts(&c));
	cache_close(&c);
	put(map, &noise, 1, EVG_HEADER_BYTES + 300);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
}

static void copy_file(const char *from, const char *to)
{
	static char buf[1 << 16];
	struct timespec time[2];
	struct stat st;
	ssize_t n;
	int in = open(from, O_RDONLY), out = open(to, O_RDWR | O_CREAT, 0600);

	assert_true(in >= 0 && out >= 0);
	assert_int_equal(fstat(in, &st), 0);
	while ((n = read(in, buf, sizeof(buf))) > 0)
		assert_int_equal(write(out, buf, (size_t)n), n);
	time[0] = st.st_atim;
	time[1] = st.st_mtim;
	assert_int_equal(futimens(out, time), 0);
	close(in);
	close(out);
}

/* As rename() does, but of the copy: another inode of the same times. */
static void replace_by_copy(const char *file)
{
	char new[90];

	snprintf(new, sizeof(new), "%s.new", file);
	copy_file(file, new);
	assert_int_equal(rename(new, file), 0);
}

static uint64_t claimed(void)
{
	struct cache_count count;
	struct cache c;

	assert_int_equal(cache_open(&c, path, true), 0);
	assert_int_equal(cache_count(&c, &count), 0);
	cache_close(&c);
	return count.present;
}

static int begin_use(void)
{
	struct cache c;
	int ret;

	assert_int_equal(cache_open(&c, path, false), 0);
	ret = cache_begin_use(&c);
	assert_null(cache_distrusts(&c));
	cache_close(&c);
	return ret;
}

static void end_use(void)
{
	struct cache c;

	assert_int_equal(cache_open(&c, path, false), 0);
	assert_int_equal(cache_end_use(&c), 0);
	assert_int_equal(le32toh(c.header.flags) & EVG_HEADER_IN_USE, 0);
	cache_close(&c);
}

static void claim_some(void)
{
	struct evg_map_page page = { 0 };

	mark(&page, 5, 2, EVG_CLEAN);
	put(clean, "data", 4, 5 * 4096);
	put_page(0, 0, 1, &page);
}

static void a_crash_loses_no_claim(void **state)
{
	(void)state;
	assert_int_equal(begin_use(), 0);
	claim_some();
	assert_int_equal(begin_use(), 0);
	assert_int_equal(claimed(), 2);
}

static void a_copy_at_rest_is_believed(void **state)
{
	(void)state;
	assert_int_equal(begin_use(), 0);
	claim_some();
	end_use();
	replace_by_copy(clean);
	replace_by_copy(map);
	assert_int_equal(begin_use(), 0);
	end_use();
	assert_int_equal(begin_use(), 0);
	assert_int_equal(claimed(), 2);
}

static void a_copy_in_use_is_emptied(void **state)
{
	const char *const one[] = { clean, map };
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin_use();
		claim_some();
		replace_by_copy(one[i]);
		assert_int_equal(begin_use(), 1);
		assert_non_null(strstr(cache_error(), "copied while it was in use"));
		assert_int_equal(claimed(), 0);
		assert_int_equal(begin_use(), 0);
	}
}

static void a_copy_in_use_is_noticed_in_its_place(void **state)
{
	const struct timespec tick = { .tv_nsec = 50000000 };
	char saved[100];

	(void)state;
	assert_int_equal(begin_use(), 0);
	claim_some();
	snprintf(saved, sizeof(saved), "%s.saved", clean);
	copy_file(clean, saved);
	put(clean, "more", 4, 9 * 4096);
	nanosleep(&tick, NULL);
	copy_file(saved, clean);
	unlink(saved);
	assert_int_equal(begin_use(), 1);
	assert_int_equal(claimed(), 0);
}

static void a_copy_that_ends_at_rest_is_emptied(void **state)
{
	char saved[100];

	(void)state;
	assert_int_equal(begin_use(), 0);
	claim_some();
	snprintf(saved, sizeof(saved), "%s.saved", clean);
	copy_file(clean, saved);
	put(clean, "more", 4, 9 * 4096);
	end_use();
	assert_int_equal(rename(saved, clean), 0);
	assert_int_equal(begin_use(), 1);
	assert_int_equal(claimed(), 0);
}

static void format_1_keeps_its_claims(void **state)
{
	const size_t old = offsetof(struct evg_header, generation);
	struct evg_header h[2] = { 0 };
	struct cache c;

	(void)state;
	claim_some();
	get_header(&h[0]);
	memset((char *)h + old, 0, sizeof(h[0]) - old);
	h[0].version = htole32(1);
	put_header(&h[0]);
	assert_int_equal(begin_use(), 0);
	assert_int_equal(claimed(), 2);
	assert_int_equal(cache_open(&c, path, true), 0);
	assert_int_equal(le32toh(c.header.version), 2);
	assert_int_equal(le64toh(c.header.generation), 1);
	cache_close(&c);
	/* what was in slot 0 stays until the next write */
	get_header(&h[1]);
	assert_int_equal(le32toh(h[1].version), 1);
}

static void an_unknown_format_is_refused(void **state)
{
	struct evg_header h;
	struct cache c;

	(void)state;
	get_header(&h);
	h.version = htole32(EVG_FORMAT_VERSION + 1);
	put_header(&h);
	assert_int_equal(cache_open(&c, path, false), -EPROTONOSUPPORT);
}

static void impossible_samples_are_refused(void **state)
{
	struct evg_header h, good;
	struct cache c;

	(void)state;
	get_header(&good);
	h = good;
	h.sample[0] = htole64(le64toh(h.image_bytes) / 4096 + 1);
	put_header(&h);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
	h = good;
	h.samples = 0;
	put_header(&h);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
	h.samples = htole32(EVG_SAMPLES + 1);
	put_header(&h);
	assert_int_equal(cache_open(&c, path, false), -EUCLEAN);
	put_header(&good);
	assert_int_equal(cache_open(&c, path, false), 0);
	cache_close(&c);
}

struct runs {
	uint64_t first[8], count[8];
	int n;
};

static int note_run(uint64_t first, uint64_t count, void *arg)
{
	struct runs *r = arg;

	r->first[r->n] = first;
	r->count[r->n++] = count;
	return r->n == 8;
}

static void the_newer_good_slot_counts(void **state)
{
	struct evg_map_page old = { 0 }, new = { 0 };
	struct cache_count count;
	struct runs runs = { .n = 0 };
	struct cache c;
	uint8_t bad = 0xff;

	(void)state;
	mark(&old, 10, 5, EVG_CLEAN);
	mark(&new, 10, 9, EVG_CLEAN);
	put_page(0, 0, 7, &old);
	put_page(0, 1, 8, &new);
	memset(&old, 0, sizeof(old));
	mark(&old, EVG_MAP_BLOCKS - 2, 2, EVG_CLEAN);
	put_page(1, 1, 1, &old);
	memset(&old, 0, sizeof(old));
	mark(&old, 0, 3, EVG_CLEAN);
	put_page(2, 0, 1, &old);
	assert_int_equal(cache_open(&c, path, true), 0);
	assert_int_equal(cache_count(&c, &count), 0);
	assert_int_equal(count.present, 9 + 2 + 3);
	assert_int_equal(count.pages, 3);
	assert_int_equal(count.torn + count.damaged, 0);
	assert_int_equal(cache_each_present(&c, 0, c.blocks, note_run, &runs),
			 0);
	assert_int_equal(runs.n, 2);
	assert_int_equal(runs.first[0], 10);
	assert_int_equal(runs.count[0], 9);
	/* across the border of two pages */
	assert_int_equal(runs.first[1], 2 * EVG_MAP_BLOCKS - 2);
	assert_int_equal(runs.count[1], 5);
	runs.n = 0;
	assert_int_equal(cache_each_present(&c, 12, 3, note_run, &runs), 0);
	assert_int_equal(runs.n, 1);
	assert_int_equal(runs.first[0], 12);
	assert_int_equal(runs.count[0], 3);
	/* the newer slot is torn: the older counts */
	put(map, &bad, 1, EVG_MAP_OFFSET + 4096 + 17);
	assert_int_equal(cache_count(&c, &count), 0);
	assert_int_equal(count.present, 5 + 2 + 3);
	assert_int_equal(count.torn, 1);
	put(map, &bad, 1, EVG_MAP_OFFSET + 17);
	assert_int_equal(cache_count(&c, &count), 0);
	assert_int_equal(count.present, 2 + 3);
	assert_int_equal(count.damaged, 1);
	cache_close(&c);
}

static void a_page_of_another_place_does_not_count(void **state)
{
	struct evg_map_page page = { 0 };
	struct cache_count count;
	struct cache c;
	char buf[4096];
	int fd;

	(void)state;
	mark(&page, 0, 3, EVG_CLEAN);
	put_page(0, 0, 1, &page);
	fd = open(map, O_RDWR);
	assert_int_equal(pread(fd, buf, 4096, EVG_MAP_OFFSET), 4096);
	assert_int_equal(pwrite(fd, buf, 4096, EVG_MAP_OFFSET + 8192), 4096);
	close(fd);
	assert_int_equal(cache_open(&c, path, true), 0);
	assert_int_equal(cache_count(&c, &count), 0);
	assert_int_equal(count.present, 3);
	assert_int_equal(count.damaged, 1);
	cache_close(&c);
}

static void check_says_what_is_wrong(void **state)
{
	struct evg_map_page page = { 0 };
	char out[2000];

	(void)state;
	assert_int_equal(check(out, sizeof(out)), 0);
	mark(&page, 1, 1, EVG_DIRTY);
	put_page(0, 0, 1, &page);
	memset(&page, 0, sizeof(page));
	mark(&page, 40000 - 2 * EVG_MAP_BLOCKS - 1, 3, EVG_CLEAN);
	put_page(2, 0, 1, &page);
	put(map, "noise", 5, EVG_MAP_OFFSET + 8192);
	assert_int_equal(check(out, sizeof(out)), 3);
	assert_non_null(strstr(out, "map page 0: 1 blocks have a state"));
	assert_non_null(strstr(out, "map page 1: no slot is good"));
	assert_non_null(strstr(out, "map page 2: 2 blocks lie beyond"));
	put(map, "noise", 5, 20);
	assert_int_equal(check(out, sizeof(out)), 1);
	assert_non_null(strstr(out, "header checksum"));
}

static void no_cache_is_no_cache(void **state)
{
	struct cache c;

	(void)state;
	assert_int_equal(cache_exists("./nothing-here"), 0);
	assert_int_equal(cache_open(&c, "./nothing-here", true), -ENOENT);
	assert_int_equal(cache_exists("/dev/null"), -ENOTDIR);
	assert_int_equal(cache_create("/proc/evergreen", 4096, sample,
				      fingerprint, 1, false), -ENOENT);
	assert_int_equal(cache_create(home, 0, sample, fingerprint, 1, false),
			 -EFBIG);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_crc_is_crc32c),
		cmocka_unit_test(no_cache_is_no_cache),
		cmocka_unit_test_setup_teardown(what_is_made_can_be_opened,
						begin, end),
		cmocka_unit_test_setup_teardown(a_foreign_file_is_not_overwritten,
						begin, end),
		cmocka_unit_test_setup_teardown(one_cache_serves_one_disk,
						begin, end),
		cmocka_unit_test_setup_teardown(damage_is_refused, begin, end),
		cmocka_unit_test_setup_teardown(a_clean_of_another_size_is_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(the_other_header_counts_when_one_is_damaged,
						begin, end),
		cmocka_unit_test_setup_teardown(a_crash_loses_no_claim,
						begin, end),
		cmocka_unit_test_setup_teardown(a_copy_at_rest_is_believed,
						begin, end),
		cmocka_unit_test_setup_teardown(a_copy_in_use_is_emptied,
						begin, end),
		cmocka_unit_test_setup_teardown(a_copy_in_use_is_noticed_in_its_place,
						begin, end),
		cmocka_unit_test_setup_teardown(a_copy_that_ends_at_rest_is_emptied,
						begin, end),
		cmocka_unit_test_setup_teardown(format_1_keeps_its_claims,
						begin, end),
		cmocka_unit_test_setup_teardown(an_unknown_format_is_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(impossible_samples_are_refused,
						begin, end),
		cmocka_unit_test_setup_teardown(the_newer_good_slot_counts,
						begin, end),
		cmocka_unit_test_setup_teardown(a_page_of_another_place_does_not_count,
						begin, end),
		cmocka_unit_test_setup_teardown(check_says_what_is_wrong,
						begin, end),
	};

	return cmocka_run_group_tests(tests, begin_all, end_all);
}
