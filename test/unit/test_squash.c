// SPDX-License-Identifier: GPL-2.0
/* evg-sources: tools/evergreen/squash.c tools/evergreen/unpack.c */
/* The tables of real images, however they are packed, and of damaged ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../tools/evergreen/squash.h"

enum { FILES = 40, IMAGE_MAX = 4 << 20, FLIPS = 3000 };

static uint8_t image[IMAGE_MAX];
static size_t image_bytes;
static char dir[32] = "/tmp/evg-squash-XXXXXX";
static unsigned int seed = 1;

struct seen {
	unsigned int whole, fragments;
	unsigned int wrong;
};

/* File I has so many bytes, as random as need be. */
static size_t size_of(int i)
{
	return (size_t)i * 4000 + 100;
}

static uint8_t byte_of(int i, size_t at)
{
	uint32_t x = (uint32_t)(at * 2654435761U) ^ (uint32_t)(i + 1) * 40503U;

	x ^= x >> 15;
	x *= 2246822519U;
	return (uint8_t)(x >> 24 ^ x >> 7);
}

static int make_tree(void **state)
{
	char path[128];
	FILE *file;
	size_t at;
	int i;

	(void)state;
	if (!mkdtemp(dir))
		return -1;
	for (i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%02d", dir, i);
		file = fopen(path, "w");
		if (!file)
			return -1;
		for (at = 0; at < size_of(i); at++)
			fputc(byte_of(i, at), file);
		fclose(file);
	}
	snprintf(path, sizeof(path), "ln -s 01 %s/link; mkdir -p %s/a/b", dir, dir);
	return system(path);
}

static int remove_tree(void **state)
{
	char command[128];

	(void)state;
	snprintf(command, sizeof(command), "rm -rf %s %s.img", dir, dir);
	return system(command);
}

static void make_image(const char *packing)
{
	char command[256];
	FILE *file;

	snprintf(command, sizeof(command),
		 "rm -f %s.img; mksquashfs %s %s.img %s -quiet -no-progress >/dev/null 2>&1",
		 dir, dir, dir, packing);
	if (system(command))
		skip();
	snprintf(command, sizeof(command), "%s.img", dir);
	file = fopen(command, "r");
	assert_non_null(file);
	image_bytes = fread(image, 1, sizeof(image), file);
	fclose(file);
}

static int read_image(void *arg, uint64_t start, void *to, size_t bytes)
{
	(void)arg;
	if (start > image_bytes || bytes > image_bytes - start)
		return -EUCLEAN;
	memcpy(to, image + start, bytes);
	return 0;
}

/* Inodes are numbered in an order of their own: which file is it? */
static int see(void *arg, uint32_t ino, uint64_t start, uint64_t bytes)
{
	struct seen *seen = arg;
	int i;

	(void)ino;
	if (start > image_bytes || bytes > image_bytes - start) {
		seen->wrong++;
		return 0;
	}
	for (i = 0; i < FILES; i++)
		if (image[start] == byte_of(i, 0) &&
		    image[start + 1] == byte_of(i, 1) &&
		    image[start + 2] == byte_of(i, 2) &&
		    bytes <= size_of(i))
			break;
	if (i < FILES)
		seen->whole++;
	else
		seen->fragments++;
	return 0;
}

static int see_nothing(void *arg, uint32_t ino, uint64_t start, uint64_t bytes)
{
	(void)arg;
	(void)ino;
	(void)start;
	(void)bytes;
	return 0;
}

/* The data itself is left plain, so that it can be recognised. */
static void expect_files(const char *packing)
{
	struct seen seen = { 0 };

	make_image(packing);
	assert_int_equal(squash_each(read_image, see, &seen), 0);
	assert_int_equal(seen.wrong, 0);
	/* Without fragments each file is found where it lies. */
	assert_int_equal(seen.whole, FILES);
	assert_int_equal(seen.fragments, 0);
}

static void files_are_found(void **state)
{
	(void)state;
	expect_files("-noD -no-fragments -comp gzip");
	expect_files("-noD -no-fragments -comp xz");
	expect_files("-noD -no-fragments -comp lz4");
	expect_files("-noD -no-fragments -comp zstd");
	expect_files("-noD -no-fragments -noI");
	expect_files("-noD -no-fragments -b 16K");
}

static void fragments_are_found(void **state)
{
	struct seen seen = { 0 };

	(void)state;
	make_image("-noD -noF -comp gzip -b 64K -always-use-fragments");
	assert_int_equal(squash_each(read_image, see, &seen), 0);
	assert_int_equal(seen.wrong, 0);
	/* Every file has an end in a fragment, and those of 64 KiB a body. */
	assert_int_equal(seen.whole + seen.fragments,
			 FILES + FILES - (65536 - 100 + 3999) / 4000);
}

static void another_file_system_is_refused(void **state)
{
	(void)state;
	memset(image, 0, sizeof(image));
	image_bytes = sizeof(image);
	assert_int_equal(squash_each(read_image, see_nothing, NULL), -EUCLEAN);
	image_bytes = 50;
	assert_int_equal(squash_each(read_image, see_nothing, NULL), -EUCLEAN);
}

/* Whatever is wrong in it: an error or not, but an end, and no byte beyond. */
static void damage_is_survived(void **state)
{
	unsigned int i, at, errors = 0;
	uint8_t was;

	(void)state;
	make_image("-comp gzip -noI -noF -b 16K");
	for (i = 0; i < FLIPS; i++) {
		at = (unsigned int)rand_r(&seed) % 96;
		if (i % 3)
			at = (unsigned int)(image_bytes - 1 -
					    (unsigned int)rand_r(&seed) % 8192);
		was = image[at];
		image[at] = (uint8_t)rand_r(&seed);
		errors += squash_each(read_image, see_nothing, NULL) != 0;
		image[at] = was;
	}
	assert_true(errors > FLIPS / 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_are_found),
		cmocka_unit_test(fragments_are_found),
		cmocka_unit_test(another_file_system_is_refused),
		cmocka_unit_test(damage_is_survived),
	};

	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
