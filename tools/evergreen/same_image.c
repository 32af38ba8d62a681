// SPDX-License-Identifier: GPL-2.0
#include "same_image.h"

#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "evergreen.h"

enum { HASH_BYTES = 32 };

/* The sampled blocks one after another; what lies beyond the end is 0.  They are
 * asked for all at once first: each may be a round trip to the server.
 */
static int read_samples(const struct place *place, const struct function *f,
			uint8_t *data)
{
	int fd = open(place->volume[0].node, O_RDONLY | O_CLOEXEC);
	int err = fd < 0 ? errno : 0;
	uint32_t i;

	for (i = 0; i < f->samples && !err; i++)
		posix_fadvise(fd, (off_t)(f->sample[i] * EVG_BLOCK_SIZE),
			      EVG_BLOCK_SIZE, POSIX_FADV_WILLNEED);
	for (i = 0; i < f->samples && !err; i++)
		if (pread(fd, data + i * EVG_BLOCK_SIZE, EVG_BLOCK_SIZE,
			  (off_t)(f->sample[i] * EVG_BLOCK_SIZE)) < 0)
			err = errno;
	if (fd >= 0)
		close(fd);
	return err;
}

static int compare(const struct place *place, const struct function *f,
		   const char *what, uint8_t *data)
{
	uint8_t hash[HASH_BYTES];
	int err = read_samples(place, f, data);

	if (err)
		return say_failure("%s: is it of this image? /dev/evg%u cannot be read: %s",
				   what, place->disk.index, strerror(err));
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, data,
			     (size_t)f->samples * EVG_BLOCK_SIZE, hash))
		return say_failure("SHA-256 fails");
	if (memcmp(hash, f->fingerprint, HASH_BYTES))
		return say_failure("%s is of another image than /dev/evg%u: blocks differ",
				   what, place->disk.index);
	return EXIT_OK;
}

int same_image(const struct place *place, const struct function *f,
	       const char *what)
{
	uint64_t bytes = le64toh(place->header.image_bytes);
	uint8_t *data;
	int status;

	if (f->image_bytes != bytes)
		return say_failure("%s is of another image than /dev/evg%u: %llu bytes, not %llu",
				   what, place->disk.index,
				   (unsigned long long)f->image_bytes,
				   (unsigned long long)bytes);
	if (function_is_of(f, &place->header))
		return EXIT_OK;
	if (place->disk.state != EVG_LINK_ONLINE)
		return say_failure("%s: is it of this image? Not to be told with the link %s",
				   what, evgnl_state_name(place->disk.state));
	data = calloc(EVG_SAMPLES, EVG_BLOCK_SIZE);
	if (!data)
		return say_failure("out of memory");
	status = compare(place, f, what, data);
	free(data);
	return status;
}
