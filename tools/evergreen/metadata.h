/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The function "metadata": what file systems read for themselves when they are
 * mounted and their tree is walked.  With it cached, mount, ls, find and the
 * opening of a file go on with the link cut.
 */
#ifndef EVERGREEN_METADATA_H
#define EVERGREEN_METADATA_H

#include "place.h"

/* Returns EXIT_OK, or EXIT_FAILED after a message. */
int metadata_record(const struct place *place);

/* The same, if there is none yet; when that fails it is a note. */
void metadata_record_first(const struct place *place);

#endif
