// SPDX-License-Identifier: GPL-2.0
#include "unpack.h"

#include <lz4.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

enum { XZ_MEMORY = 64 << 20 };

static long unpack_zlib(const void *in, size_t bytes, void *out, size_t room)
{
	uLongf got = room;

	return uncompress(out, &got, in, bytes) == Z_OK ? (long)got : -1;
}

static long unpack_xz(const void *in, size_t bytes, void *out, size_t room)
{
	uint64_t memory = XZ_MEMORY;
	size_t from = 0, got = 0;

	if (lzma_stream_buffer_decode(&memory, 0, NULL, in, &from, bytes, out,
				      &got, room) != LZMA_OK)
		return -1;
	return (long)got;
}

long unpack(unsigned int how, const void *in, size_t bytes, void *out,
	    size_t room)
{
	size_t got;

	switch (how) {
	case UNPACK_ZLIB:
		return unpack_zlib(in, bytes, out, room);
	case UNPACK_XZ:
		return unpack_xz(in, bytes, out, room);
	case UNPACK_LZ4:
		return LZ4_decompress_safe(in, out, (int)bytes, (int)room);
	case UNPACK_ZSTD:
		got = ZSTD_decompress(out, room, in, bytes);
		return ZSTD_isError(got) ? -1 : (long)got;
	default:
		return -1;
	}
}
