// SPDX-License-Identifier: GPL-2.0
/* fuzz-sources: tools/evergreen/squash.c tools/evergreen/unpack.c */
/* fuzz-libs: zlib liblzma liblz4 libzstd */
/* The tables of a squashfs, which are whatever the image has. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "squash.h"

static const uint8_t *image;
static size_t image_bytes;
static unsigned long reads;

static int read_image(void *arg, uint64_t start, void *to, size_t bytes)
{
	(void)arg;
	/* One that goes round in circles is found by its work. */
	if (++reads > 200000)
		abort();
	if (start > image_bytes || bytes > image_bytes - start)
		return -EIO;
	memcpy(to, image + start, bytes);
	return 0;
}

static int found(void *arg, uint32_t ino, uint64_t start, uint64_t bytes)
{
	(void)arg;
	(void)ino;
	if (start + bytes < start)
		abort();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	image = data;
	image_bytes = size;
	reads = 0;
	squash_each(read_image, found, NULL);
	return 0;
}
