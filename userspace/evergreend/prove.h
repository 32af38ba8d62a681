/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Is it the image that the cache holds?  NBD names no image, so its size, a
 * fingerprint of blocks chosen when the cache was made, and blocks that the
 * cache holds are compared.  These block, and are for an attempt's thread.  After
 * an error the connection is good for nothing but to be closed.
 */
#ifndef EVG_PROVE_H
#define EVG_PROVE_H

#include <cache.h>

#include "source.h"

struct fingerprint {
	uint64_t sample[EVG_SAMPLES];
	uint32_t samples;
	uint8_t hash[32];
};

/* Choose samples that can be read and take their fingerprint.  0, or a negative errno and WHY. */
int prove_measure(struct source *s, struct fingerprint *f, char *why,
		  size_t why_bytes);

/* 0: nothing speaks against its being the image.  -ESTALE: it is another.  Else
 * a negative errno: nothing is known.  WHY has one line when it is not 0.
 * *checked: so many blocks' fingerprint; 0: samples can be read nowhere any more.
 */
int prove_fingerprint(struct source *s, const struct cache *c,
		      uint32_t *checked, char *why, size_t why_bytes);

/* The same, by a random sample of what the cache holds, *compared blocks. */
int prove_cached(struct source *s, const struct cache *c, uint32_t *compared,
		 char *why, size_t why_bytes);

#endif
