/* SPDX-License-Identifier: GPL-2.0 */
/* Functions outlive their cache: those of the same image are taken over. */
#ifndef EVERGREEN_ADOPT_H
#define EVERGREEN_ADOPT_H

#include "evgnl.h"

/* Compare the functions beside the cache that were made with another one, and
 * have those count that are of this image.  Reads a few blocks of the disk, and
 * only with the link up; what stays out is a note, one line each.
 */
void adopt_functions(struct evgnl *nl, uint32_t index);

#endif
