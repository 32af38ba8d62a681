/* SPDX-License-Identifier: GPL-2.0 */
/* Is a function that somebody else made of the image that is attached here? */
#ifndef EVERGREEN_SAME_IMAGE_H
#define EVERGREEN_SAME_IMAGE_H

#include "place.h"

/* Compares the sampled blocks, which are fetched if need be.  Returns EXIT_OK,
 * or EXIT_FAILED after a message that names the file WHAT.
 */
int same_image(const struct place *place, const struct function *f,
	       const char *what);

#endif
