/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A small NBD server, fixed newstyle with structured replies, that serves
 * an image of pattern.h with a hole in it and tells one lie on the way.
 *
 * What it sends falls into framing and payload; a lie about payload nobody can
 * notice but by a checksum, and whoever asks for one knows that.
 */
#ifndef EVG_TEST_LIE_H
#define EVG_TEST_LIE_H

#include <endian.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pattern.h"

/* At one byte of what is sent ... */
enum lie_how {
	LIE_NONE,
	LIE_CUT,		/* it hangs up before it */
	LIE_STALL,		/* it falls silent */
	LIE_FLIP,		/* it is another */
	LIE_DROP,		/* it is left out */
	LIE_TWICE,		/* it comes twice */
	LIE_NOISE,		/* nothing but noise from there on */
	LIE_BYTES,		/* how many of these there are */
	/* ... or in what is said, whenever it can be. */
	LIE_SIZE = LIE_BYTES,	/* the image is a block longer */
	LIE_EMPTY,		/* the image is empty */
	LIE_SHORT,		/* a reply ends before its data is complete */
	LIE_LONG,		/* a chunk goes on beyond the request */
	LIE_BEFORE,		/* a chunk starts before the request */
	LIE_OVERLAP,		/* the first half twice, the second never */
	LIE_COOKIE,		/* a reply to what was not asked */
	LIE_AGAIN,		/* each reply twice */
	LIE_HUGE,		/* a chunk of 4 GiB is announced */
	LIE_EMPTY_CHUNK,	/* a chunk of nothing */
	LIE_TYPE,		/* a chunk of no known type */
	LIE_SIMPLE,		/* the other kind of reply */
	LIE_HOLE,		/* a hole longer than the request */
	LIE_ERROR,		/* an error whose text is longer than its chunk */
	LIE_EXTENTS,		/* extents of no length */
	LIE_CONTEXT,		/* extents of a context that was not agreed on */
	LIE_REVERSED,		/* no lie: chunks in the reverse order */
	LIE_MEANT,		/* how many there are */
};

enum {
	LIE_HOLE_FIRST	= 1 << 20,	/* the image's hole */
	LIE_HOLE_BYTES	= 256 << 10,
	LIE_QUIET_MS	= 40,		/* nobody knows how to go on */
	LIE_REQUEST_MAX	= 4 << 20,
};

struct lie {
	enum lie_how how;
	uint64_t at;
	uint8_t value;
	bool spares_payload;		/* then it is told at the next framing */
	uint64_t image_bytes;
	/* Called for each byte that is sent, before the lie. */
	void (*sent)(uint64_t at, bool is_payload, void *arg);
	void *arg;
	/* The server's own. */
	int fd;
	uint64_t position;
	bool told;
	bool over;
};

static inline void lie_image(uint64_t offset, void *to, size_t bytes)
{
	size_t i;

	pattern_fill(1, offset, to, bytes);
	for (i = 0; i < bytes; i++)
		if (offset + i >= LIE_HOLE_FIRST &&
		    offset + i < LIE_HOLE_FIRST + LIE_HOLE_BYTES)
			((char *)to)[i] = 0;
}

static inline void lie_write(struct lie *l, const void *from, size_t bytes)
{
	ssize_t n;

	while (bytes && !l->over) {
		n = send(l->fd, from, bytes, MSG_NOSIGNAL);
		if (n <= 0) {
			l->over = true;
			return;
		}
		from = (const char *)from + n;
		bytes -= n;
	}
}

static inline void lie_noise(struct lie *l)
{
	uint64_t word[512] = { 0 }, z = l->at;
	int i, k;

	for (k = 0; k < 16; k++) {
		for (i = 0; i < 512; i++) {
			z = z * 6364136223846793005ull + 1442695040888963407ull;
			word[i] = z;
		}
		lie_write(l, word, sizeof(word));
	}
	l->over = true;
}

static inline void lie_at_byte(struct lie *l, const uint8_t *byte)
{
	uint8_t other = *byte ^ l->value;
	char ignored[256];

	l->told = true;
	switch (l->how) {
	case LIE_STALL:
		while (recv(l->fd, ignored, sizeof(ignored), 0) > 0)
			continue;
		l->over = true;
		break;
	case LIE_FLIP:
		lie_write(l, &other, 1);
		break;
	case LIE_DROP:
		break;
	case LIE_TWICE:
		lie_write(l, byte, 1);
		lie_write(l, byte, 1);
		break;
	case LIE_NOISE:
		lie_noise(l);
		break;
	default:
		l->over = true;
	}
}

static inline void lie_send(struct lie *l, const void *from, size_t bytes,
			    bool is_payload)
{
	bool at_a_byte = l->how > LIE_NONE && l->how < LIE_BYTES && !l->told;
	size_t before, i;
	bool here;

	if (at_a_byte && is_payload && l->spares_payload &&
	    l->at >= l->position && l->at < l->position + bytes)
		l->at = l->position + bytes;
	here = at_a_byte && l->at >= l->position && l->at < l->position + bytes;
	before = here ? l->at - l->position : bytes;
	for (i = 0; l->sent && i < bytes; i++)
		l->sent(l->position + i, is_payload, l->arg);
	l->position += bytes;
	lie_write(l, from, before);
	if (!here)
		return;
	lie_at_byte(l, (const uint8_t *)from + before);
	lie_write(l, (const char *)from + before + 1, bytes - before - 1);
}

static inline void lie_u16(struct lie *l, uint16_t v)
{
	v = htobe16(v);
	lie_send(l, &v, sizeof(v), false);
}

static inline void lie_u32(struct lie *l, uint32_t v)
{
	v = htobe32(v);
	lie_send(l, &v, sizeof(v), false);
}

/* A number that is believed: of the image's size, of extents. */
static inline void lie_u64(struct lie *l, uint64_t v, bool is_payload)
{
	v = htobe64(v);
	lie_send(l, &v, sizeof(v), is_payload);
}

/* After a byte was changed each side may wait for the other. */
static inline bool lie_receive(struct lie *l, void *to, size_t bytes)
{
	struct pollfd p = { .fd = l->fd, .events = POLLIN };
	ssize_t n;

	while (bytes && !l->over) {
		if (poll(&p, 1, l->told ? LIE_QUIET_MS : -1) != 1)
			break;
		n = recv(l->fd, to, bytes, 0);
		if (n <= 0)
			break;
		to = (char *)to + n;
		bytes -= n;
	}
	l->over |= bytes > 0;
	return !l->over;
}

/*
 * Haggling
 */

static inline void lie_option_reply(struct lie *l, uint32_t option,
				    uint32_t type, uint32_t bytes)
{
	lie_u64(l, 0x3e889045565a9ull, false);
	lie_u32(l, option);
	lie_u32(l, type);
	lie_u32(l, bytes);
}

static inline void lie_export(struct lie *l, uint32_t option)
{
	uint64_t bytes = l->image_bytes;

	if (l->how == LIE_SIZE)
		bytes += 4096;
	if (l->how == LIE_EMPTY)
		bytes = 0;
	lie_option_reply(l, option, 3, 12);
	lie_u16(l, 0);
	lie_u64(l, bytes, true);
	lie_u16(l, 1 | 2 | 1 << 7 | 1 << 8);	/* read-only, DF, multi-conn */
	lie_option_reply(l, option, 3, 14);
	lie_u16(l, 3);
	lie_u32(l, 1);
	lie_u32(l, 4096);
	lie_u32(l, 32 << 20);
	lie_option_reply(l, option, 1, 0);
}

/* One option; true: transmission may begin. */
static inline bool lie_option(struct lie *l)
{
	static char data[65536];
	uint64_t magic;
	uint32_t word[2], option, bytes;

	if (!lie_receive(l, &magic, 8) || !lie_receive(l, word, 8))
		return false;
	option = be32toh(word[0]);
	bytes = be32toh(word[1]);
	if (bytes > sizeof(data)) {
		l->over = true;
		return false;
	}
	if (!lie_receive(l, data, bytes))
		return false;
	switch (option) {
	case 8:		/* structured replies */
		lie_option_reply(l, option, 1, 0);
		return false;
	case 10:	/* set meta context */
		lie_option_reply(l, option, 4, 4 + 15);
		lie_u32(l, 7);
		lie_send(l, "base:allocation", 15, false);
		lie_option_reply(l, option, 1, 0);
		return false;
	case 7:		/* go */
		lie_export(l, option);
		return true;
	case 2:		/* abort */
		l->over = true;
		return false;
	default:
		lie_option_reply(l, option, 0x80000001, 0);
		return false;
	}
}

static inline void lie_greet(struct lie *l)
{
	uint32_t flags;

	lie_send(l, "NBDMAGICIHAVEOPT\0\003", 18, false);
	if (!lie_receive(l, &flags, 4))
		return;
	while (!l->over && !lie_option(l))
		continue;
}

/*
 * Transmission
 */

struct lie_request {
	uint32_t magic;
	uint16_t flags;
	uint16_t type;
	uint64_t cookie;
	uint64_t offset;
	uint32_t bytes;
} __attribute__((packed));

static inline void lie_chunk(struct lie *l, uint16_t flags, uint16_t type,
			     uint64_t cookie, uint32_t bytes)
{
	lie_u32(l, 0x668e33ef);
	lie_u16(l, flags);
	lie_u16(l, type);
	lie_u64(l, cookie, false);
	lie_u32(l, bytes);
}

static inline void lie_data(struct lie *l, bool done, uint64_t cookie,
			    uint64_t offset, uint32_t bytes)
{
	static char data[LIE_REQUEST_MAX];
	bool hole = offset >= LIE_HOLE_FIRST &&
		    offset + bytes <= LIE_HOLE_FIRST + LIE_HOLE_BYTES;

	if (hole) {
		lie_chunk(l, done, 2, cookie, 12);
		lie_u64(l, offset, false);
		lie_u32(l, bytes);
		return;
	}
	lie_chunk(l, done, 1, cookie, 8 + bytes);
	lie_u64(l, offset, false);
	lie_image(offset, data, bytes);
	lie_send(l, data, bytes, true);
}

/* What is said in place of the rest of a read; false: nothing, go on. */
static inline bool lie_about_read(struct lie *l, uint64_t cookie,
				  uint64_t offset, uint32_t bytes)
{
	uint32_t half = bytes / 2;

	switch (l->how) {
	case LIE_SHORT:
		lie_data(l, true, cookie, offset, half);
		return true;
	case LIE_LONG:
		lie_data(l, true, cookie, offset, bytes + 512);
		return true;
	case LIE_BEFORE:
		lie_data(l, true, cookie, offset - 8, bytes);
		return true;
	case LIE_OVERLAP:
		lie_data(l, false, cookie, offset, half);
		lie_data(l, true, cookie, offset, half);
		return true;
	case LIE_COOKIE:
		lie_data(l, true, cookie + 1000, offset, bytes);
		return true;
	case LIE_HUGE:
		lie_chunk(l, 0, 1, cookie, 0xffffffff);
		return true;
	case LIE_EMPTY_CHUNK:
		lie_chunk(l, 1, 1, cookie, 8);
		lie_u64(l, offset, false);
		return true;
	case LIE_TYPE:
		lie_chunk(l, 1, 77, cookie, 0);
		return true;
	case LIE_SIMPLE:
		lie_u32(l, 0x67446698);
		lie_u32(l, 0);
		lie_u64(l, cookie, false);
		return false;
	case LIE_HOLE:
		lie_chunk(l, 1, 2, cookie, 12);
		lie_u64(l, offset, false);
		lie_u32(l, bytes + 4096);
		return true;
	case LIE_ERROR:
		lie_chunk(l, 1, 0x8001, cookie, 6);
		lie_u32(l, 5);
		lie_u16(l, 500);
		return true;
	default:
		return false;
	}
}

static inline void lie_read(struct lie *l, uint64_t cookie, uint64_t offset,
			    uint32_t bytes)
{
	uint32_t half = bytes / 2;
	int times;

	if (lie_about_read(l, cookie, offset, bytes)) {
		l->told = true;
		return;
	}
	for (times = 0; times <= (l->how == LIE_AGAIN); times++) {
		if (l->how == LIE_REVERSED) {
			lie_data(l, false, cookie, offset + half, bytes - half);
			lie_data(l, true, cookie, offset, half);
		} else {
			lie_data(l, false, cookie, offset, half);
			lie_data(l, true, cookie, offset + half, bytes - half);
		}
	}
}

static inline void lie_extent(struct lie *l, uint64_t bytes, bool zero)
{
	uint32_t word[2] = { htobe32(l->how == LIE_EXTENTS ? 0 : bytes),
			     htobe32(zero ? 3 : 0) };

	lie_send(l, word, sizeof(word), true);
}

/* The hole and what is around it, or a lie about it. */
static inline void lie_status(struct lie *l, uint64_t cookie, uint64_t offset,
			      uint32_t bytes)
{
	const uint64_t edge[] = { 0, LIE_HOLE_FIRST, LIE_HOLE_FIRST + LIE_HOLE_BYTES,
				  offset + bytes };
	uint64_t from[3], to[3];
	uint32_t i, n = 0;

	l->told |= l->how == LIE_EXTENTS || l->how == LIE_CONTEXT;
	for (i = 0; i < 3; i++) {
		from[i] = offset > edge[i] ? offset : edge[i];
		to[i] = offset + bytes < edge[i + 1] ? offset + bytes : edge[i + 1];
		n += from[i] < to[i];
	}
	lie_chunk(l, 1, 5, cookie, 4 + 8 * n);
	lie_u32(l, l->how == LIE_CONTEXT ? 8 : 7);
	for (i = 0; i < 3; i++)
		if (from[i] < to[i])
			lie_extent(l, to[i] - from[i], i == 1);
}

static inline void lie_answer(struct lie *l)
{
	struct lie_request r;
	uint32_t bytes;

	if (!lie_receive(l, &r, sizeof(r)))
		return;
	bytes = be32toh(r.bytes);
	r.cookie = be64toh(r.cookie);
	r.offset = be64toh(r.offset);
	if (be16toh(r.type) == 0 && bytes <= LIE_REQUEST_MAX - 4096)
		lie_read(l, r.cookie, r.offset, bytes);
	else if (be16toh(r.type) == 7)
		lie_status(l, r.cookie, r.offset, bytes);
	else
		l->over = true;
}

/* One connection, from its beginning to its end. */
static inline void lie_serve(struct lie *l, int fd)
{
	l->fd = fd;
	l->position = 0;
	l->told = false;
	l->over = false;
	lie_greet(l);
	while (!l->over)
		lie_answer(l);
	close(fd);
}

#endif
