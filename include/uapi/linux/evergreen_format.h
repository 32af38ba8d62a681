/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * Evergreen's cache on disk, format 2.  All fields are little-endian.
 *
 * CRC32C is the standard one: initial value and final xor are all ones.
 *
 * A cache in a directory is two files: `clean`, the image's bytes at their own
 * offsets, and `map`.  A cache on a block device has the map at its start and
 * the image's bytes at data_offset, so that nothing which scans the device
 * takes it for the file system that it caches.
 *
 *   map:  0                header slot 0, header slot 1
 *         map_offset       page 0 slot 0, page 0 slot 1, page 1 slot 0, ...
 *
 * Of the header's slots the valid one with the higher generation counts.  Format
 * 1 had slot 0 alone, and there all that follows `created` is 0.
 *
 * Map page P tells of blocks P * EVG_MAP_BLOCKS onwards, 2 bits a block, block
 * 0 in the lowest bits of words[0].  Of its two slots the valid one with the
 * higher generation counts; a commit writes the other.  A slot is valid when
 * magic, index and crc agree.  A page with no valid slot is all absent.
 */
#ifndef _UAPI_LINUX_EVERGREEN_FORMAT_H
#define _UAPI_LINUX_EVERGREEN_FORMAT_H

#include <linux/types.h>

#define EVG_HEADER_MAGIC	"EVGCACHE"
#define EVG_MAP_MAGIC		0x4d475645U	/* "EVGM" */

enum {
	EVG_FORMAT_VERSION	= 2,
	EVG_HEADER_BYTES	= 4096,
	EVG_MAP_OFFSET		= 8192,		/* a multiple of 4096 */
	EVG_MAP_PAGE_BYTES	= 4096,
	EVG_MAP_WORDS		= 508,
	EVG_MAP_BLOCKS		= EVG_MAP_WORDS * 32,
	EVG_DATA_ALIGN		= 1048576,	/* of data_offset, when not 0 */
	EVG_SAMPLES		= 24,		/* blocks in the fingerprint */
};

#define EVG_IMAGE_MAX_BYTES	0x4000000000000ULL	/* 1 PiB */

/* What is known of a block. */
enum evg_block {
	EVG_ABSENT	= 0,
	EVG_CLEAN	= 1,
	EVG_DIRTY	= 2,	/* kept for local writes; refused */
};

struct evg_map_page {
	__le64 words[EVG_MAP_WORDS];
	__le64 generation;	/* 1 and up; 0 is never written */
	__le64 index;		/* P */
	__le64 reserved;	/* 0 */
	__le32 magic;		/* EVG_MAP_MAGIC */
	__le32 crc;		/* CRC32C over uuid, then the page up to here */
};

/* Flags of the header; an unknown one is refused. */
enum {
	EVG_HEADER_IN_USE	= 1,	/* not since it was made or detached */
};

/* Which file, in its file system; all 0 for a block device. */
struct evg_file_id {
	__le64 inode;
	__le64 born;		/* ns since 1970; 0: not known */
	__le32 generation;	/* of the inode; 0: not known */
	__le32 reserved;	/* 0 */
};

struct evg_header {
	__u8   magic[8];	/* EVG_HEADER_MAGIC, no 0 */
	__le32 version;		/* EVG_FORMAT_VERSION */
	__le32 block_bytes;	/* 4096 */
	__le64 image_bytes;	/* as the server says; the last block is 0-padded */
	__le64 map_offset;	/* EVG_MAP_OFFSET */
	__le64 data_offset;	/* 0 in a directory */
	__u8   uuid[16];	/* of this cache; seeds every crc of its map */
	__u8   fingerprint[32];	/* SHA-256 over the sampled blocks, in order */
	__le64 sample[EVG_SAMPLES];	/* their numbers; first, last, random */
	__le32 samples;		/* how many, at most EVG_SAMPLES */
	__le32 flags;		/* EVG_HEADER_* */
	__le64 created;		/* seconds since 1970 */
	__le64 generation;	/* one more at each write; its lowest bit: slot */
	struct evg_file_id clean;	/* in use: whose map this is */
	struct evg_file_id map;
	__le64 written;		/* at rest: clean's mtime, ns since 1970 */
	__le64 changed;		/* in use: clean's ctime when that began, ns */
	__u8   reserved[EVG_HEADER_BYTES - 372];	/* 0 */
	__le32 crc;		/* CRC32C over the header up to here */
};

#endif /* _UAPI_LINUX_EVERGREEN_FORMAT_H */
