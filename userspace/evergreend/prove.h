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

/* Choose samples and take their fingerprint.  0, or a negative errno and WHY. */
int prove_measure(struct source *s, struct fingerprint *f, char *why,
		  size_t why_bytes);

/* 0: it is the image; PROOF says how it was proved.  -ESTALE: it is another.
 * Else a negative errno: nothing is known.  WHY has one line.
 * Without THOROUGH the cache itself is not compared.
 */
int prove_identity(struct source *s, const struct cache *c, bool thorough,
		   char *proof, size_t proof_bytes, char *why,
		   size_t why_bytes);

#endif
