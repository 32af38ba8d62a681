/* SPDX-License-Identifier: GPL-2.0 */
/* PURE: what squashfs packs its metadata with. */
#ifndef EVERGREEN_UNPACK_H
#define EVERGREEN_UNPACK_H

#include <stddef.h>
#include <stdint.h>

/* As in squashfs's superblock; lzma and lzo, which are rare, are not known. */
enum unpack_how {
	UNPACK_ZLIB	= 1,
	UNPACK_XZ	= 4,
	UNPACK_LZ4	= 5,
	UNPACK_ZSTD	= 6,
};

/* How many bytes it gave, at most ROOM; -1: it is damaged or HOW is unknown. */
long unpack(unsigned int how, const void *in, size_t bytes, void *out,
	    size_t room);

#endif
