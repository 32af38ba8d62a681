/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The inode and fragment tables of a squashfs, version 4: which inode has which
 * bytes.  What is read is checked, for it may be anything.
 */
#ifndef EVERGREEN_SQUASH_H
#define EVERGREEN_SQUASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Read BYTES at START of the file system; 0 or a negative errno. */
typedef int (*squash_read)(void *arg, uint64_t start, void *to, size_t bytes);

/* Inode INO has these bytes, alone or (a fragment) among others; a negative
 * errno ends it.
 */
typedef int (*squash_found)(void *arg, uint32_t ino, uint64_t start,
			    uint64_t bytes);

/* Every regular file's.  0, or a negative errno: what was found is right, but
 * not all of it; -EUCLEAN when that is because of what was read.
 */
int squash_each(squash_read read, squash_found found, void *arg);

#endif
