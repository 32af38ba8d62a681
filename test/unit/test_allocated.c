// SPDX-License-Identifier: GPL-2.0
/* evg-sources: userspace/evergreend/allocated.c */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "allocated.h"

enum { BLOCK = 4096, BLOCKS = 1000 };

/* /dev/shm tells of holes only, the other of extents, as a rule. */
static const char *const places[] = { "/dev/shm", "build" };

static int make(const char *place)
{
	int fd = open(place, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);

	if (fd < 0)
		skip();
	assert_int_equal(ftruncate(fd, (off_t)BLOCKS * BLOCK), 0);
	return fd;
}

static void put(int fd, uint64_t block, uint32_t count)
{
	char data[BLOCK];

	memset(data, 1, sizeof(data));
	for (; count--; block++)
		assert_int_equal(pwrite(fd, data, BLOCK, (off_t)block * BLOCK),
				 BLOCK);
	fsync(fd);
}

static void blocks_are_counted_by_region(void **state)
{
	uint8_t regions[5];
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		fd = make(places[i]);
		put(fd, 16, 1);
		put(fd, 30, 4);
		put(fd, 95, 2);
		assert_int_equal(allocated_count(fd, 16, 80, regions), 0);
		assert_int_equal(regions[0], 3);
		assert_int_equal(regions[1], 2);
		assert_int_equal(regions[2], 0);
		assert_int_equal(regions[3], 0);
		assert_int_equal(regions[4], 1);
		close(fd);
	}
}

static void the_next_is_found(void **state)
{
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		fd = make(places[i]);
		assert_true(allocated_next(fd, 0) == UINT64_MAX);
		put(fd, 100, 10);
		put(fd, 999, 1);
		assert_int_equal(allocated_next(fd, 0), 100);
		assert_int_equal(allocated_next(fd, 104), 104);
		assert_int_equal(allocated_next(fd, 110), 999);
		assert_true(allocated_next(fd, 1000) == UINT64_MAX);
		close(fd);
	}
}

/* More extents than one answer holds. */
static void every_other_block(void **state)
{
	uint8_t regions[40];
	uint32_t block;
	size_t i;
	int fd;

	(void)state;
	for (i = 0; i < 2; i++) {
		fd = make(places[i]);
		for (block = 0; block < 640; block += 2)
			put(fd, block, 1);
		assert_int_equal(allocated_count(fd, 0, 640, regions), 0);
		for (block = 0; block < 40; block++)
			assert_int_equal(regions[block], 8);
		close(fd);
	}
}

/* Room that was taken and never written is room. */
static void room_without_data_counts(void **state)
{
	uint8_t regions[2];
	int fd = make(places[1]);

	(void)state;
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 16 * BLOCK)) {
		close(fd);
		skip();
	}
	assert_int_equal(allocated_count(fd, 0, 32, regions), 0);
	close(fd);
	if (!regions[0])
		skip();		/* a file system without FIEMAP */
	assert_int_equal(regions[0], 16);
	assert_int_equal(regions[1], 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(blocks_are_counted_by_region),
		cmocka_unit_test(the_next_is_found),
		cmocka_unit_test(every_other_block),
		cmocka_unit_test(room_without_data_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
