// SPDX-License-Identifier: GPL-2.0
#include "squash.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "unpack.h"

#define MAGIC		0x73717368U
#define NO_FRAGMENT	0xffffffffU

enum {
	METADATA	= 8192,		/* of one block, unpacked */
	RAW		= 0x8000,	/* it is not packed */
	BLOCK_RAW	= 1 << 24,
	BLOCK_LOG_MAX	= 20,
};

enum inode_type {
	DIRECTORY = 1, REGULAR, SYMLINK, BLOCKDEV, CHARDEV, FIFO, SOCKET,
	L_DIRECTORY, L_REGULAR, L_SYMLINK, L_BLOCKDEV, L_CHARDEV, L_FIFO, L_SOCKET,
};

struct superblock {
	uint32_t magic, inodes, mkfs_time, block_size, fragments;
	uint16_t compression, block_log, flags, ids, major, minor;
	uint64_t root, bytes_used, id_table, xattr_table, inode_table;
	uint64_t directory_table, fragment_table, lookup_table;
} __attribute__((packed));

struct inode {
	uint16_t type, mode, uid, gid;
	uint32_t mtime, ino;
} __attribute__((packed));

struct regular {
	uint32_t start, fragment, offset, bytes;
} __attribute__((packed));

struct long_regular {
	uint64_t start, bytes, sparse;
	uint32_t links, fragment, offset, xattr;
} __attribute__((packed));

struct long_directory {
	uint32_t links, bytes, start, parent;
	uint16_t indexes, offset;
	uint32_t xattr;
} __attribute__((packed));

struct fragment {
	uint64_t start;
	uint32_t bytes, unused;
} __attribute__((packed));

struct squash {
	squash_read read;
	squash_found found;
	void *arg;
	struct superblock super;	/* in host order where it is used */
	struct fragment *fragment;
	uint32_t fragments;
	uint64_t next;			/* the next block of the table */
	uint64_t end;
	uint8_t packed[METADATA];
	uint8_t plain[METADATA];
	size_t at, have;		/* in plain */
};

static int read_super(struct squash *s)
{
	struct superblock *super = &s->super;
	int err = s->read(s->arg, 0, super, sizeof(*super));

	if (err)
		return err;
	super->compression = le16toh(super->compression);
	super->block_log = le16toh(super->block_log);
	super->fragments = le32toh(super->fragments);
	super->inodes = le32toh(super->inodes);
	super->bytes_used = le64toh(super->bytes_used);
	super->inode_table = le64toh(super->inode_table);
	super->directory_table = le64toh(super->directory_table);
	super->fragment_table = le64toh(super->fragment_table);
	if (le32toh(super->magic) != MAGIC || le16toh(super->major) != 4 ||
	    super->block_log > BLOCK_LOG_MAX ||
	    super->inode_table >= super->directory_table ||
	    super->directory_table > super->bytes_used)
		return -EUCLEAN;
	return 0;
}

/* The metadata block at s->next becomes what is in s->plain. */
static int next_block(struct squash *s)
{
	uint16_t head, bytes;
	long got;
	int err;

	if (s->next + sizeof(head) > s->end)
		return -EUCLEAN;
	err = s->read(s->arg, s->next, &head, sizeof(head));
	if (err)
		return err;
	bytes = le16toh(head) & (RAW - 1);
	if (!bytes || bytes > METADATA ||
	    s->next + sizeof(head) + bytes > s->end)
		return -EUCLEAN;
	err = s->read(s->arg, s->next + sizeof(head), s->packed, bytes);
	if (err)
		return err;
	if (le16toh(head) & RAW) {
		memcpy(s->plain, s->packed, bytes);
		got = bytes;
	} else {
		got = unpack(s->super.compression, s->packed, bytes, s->plain,
			     METADATA);
	}
	if (got <= 0)
		return -EUCLEAN;
	s->next += sizeof(head) + bytes;
	s->at = 0;
	s->have = got;
	return 0;
}

/* TO may be NULL: skip them. */
static int take(struct squash *s, void *to, uint64_t bytes)
{
	size_t some;
	int err;

	while (bytes) {
		if (s->at == s->have) {
			err = next_block(s);
			if (err)
				return err;
		}
		some = s->have - s->at;
		if (some > bytes)
			some = bytes;
		if (to) {
			memcpy(to, s->plain + s->at, some);
			to = (uint8_t *)to + some;
		}
		s->at += some;
		bytes -= some;
	}
	return 0;
}

/* The table is an array of places of metadata blocks, full of entries. */
static int read_fragments(struct squash *s)
{
	const uint32_t per_block = METADATA / sizeof(struct fragment);
	struct fragment *grown;
	uint64_t place;
	uint32_t i;
	int err;

	for (i = 0; i < s->super.fragments; i++) {
		if (i % per_block == 0) {
			/* By and by: the count may be any number. */
			grown = reallocarray(s->fragment, i + per_block,
					     sizeof(*grown));
			if (!grown)
				return -ENOMEM;
			s->fragment = grown;
			err = s->read(s->arg, s->super.fragment_table +
				      i / per_block * sizeof(place),
				      &place, sizeof(place));
			if (err)
				return err;
			s->next = le64toh(place);
			s->end = s->super.bytes_used;
			s->have = 0;
			s->at = 0;
		}
		err = take(s, &s->fragment[i], sizeof(s->fragment[i]));
		if (err)
			return err;
		s->fragments = i + 1;
	}
	return 0;
}

static int take_file(struct squash *s, uint32_t ino, uint64_t start,
		     uint64_t bytes, uint32_t fragment)
{
	uint64_t blocks = bytes >> s->super.block_log, sum = 0, i;
	const struct fragment *f;
	uint32_t packed;
	int err = 0;

	if (fragment == NO_FRAGMENT && bytes & ((1U << s->super.block_log) - 1))
		blocks++;
	for (i = 0; i < blocks; i++) {
		err = take(s, &packed, sizeof(packed));
		if (err)
			return err;
		sum += le32toh(packed) & (BLOCK_RAW - 1);
	}
	if (sum)
		err = s->found(s->arg, ino, start, sum);
	if (err || fragment == NO_FRAGMENT)
		return err;
	if (fragment >= s->fragments)
		return -EUCLEAN;
	f = &s->fragment[fragment];
	return s->found(s->arg, ino, le64toh(f->start),
			le32toh(f->bytes) & (BLOCK_RAW - 1));
}

static int take_regular(struct squash *s, uint32_t ino)
{
	struct regular r = { 0 };
	int err = take(s, &r, sizeof(r));

	return err ? err : take_file(s, ino, le32toh(r.start), le32toh(r.bytes),
				     le32toh(r.fragment));
}

static int take_long_regular(struct squash *s, uint32_t ino)
{
	struct long_regular r = { 0 };
	int err = take(s, &r, sizeof(r));

	return err ? err : take_file(s, ino, le64toh(r.start), le64toh(r.bytes),
				     le32toh(r.fragment));
}

static int skip_long_directory(struct squash *s)
{
	struct long_directory d = { 0 };
	uint32_t index[3] = { 0 };
	int i, err;

	err = take(s, &d, sizeof(d));
	for (i = 0; i < le16toh(d.indexes) && !err; i++) {
		err = take(s, index, sizeof(index));
		if (!err)
			err = take(s, NULL, (uint64_t)le32toh(index[2]) + 1);
	}
	return err;
}

static int skip_symlink(struct squash *s, unsigned int after)
{
	uint32_t head[2] = { 0 };
	int err = take(s, head, sizeof(head));

	return err ? err : take(s, NULL, (uint64_t)le32toh(head[1]) + after);
}

static int take_inode(struct squash *s)
{
	struct inode inode;
	uint32_t ino;
	int err = take(s, &inode, sizeof(inode));

	if (err)
		return err;
	ino = le32toh(inode.ino);
	switch (le16toh(inode.type)) {
	case DIRECTORY:
		return take(s, NULL, 16);
	case REGULAR:
		return take_regular(s, ino);
	case L_REGULAR:
		return take_long_regular(s, ino);
	case L_DIRECTORY:
		return skip_long_directory(s);
	case SYMLINK:
		return skip_symlink(s, 0);
	case L_SYMLINK:
		return skip_symlink(s, 4);
	case BLOCKDEV:
	case CHARDEV:
	case L_FIFO:
	case L_SOCKET:
		return take(s, NULL, 8);
	case L_BLOCKDEV:
	case L_CHARDEV:
		return take(s, NULL, 12);
	case FIFO:
	case SOCKET:
		return take(s, NULL, 4);
	default:
		return -EUCLEAN;
	}
}

int squash_each(squash_read read, squash_found found, void *arg)
{
	struct squash *s = calloc(1, sizeof(*s));
	uint32_t i;
	int err;

	if (!s)
		return -ENOMEM;
	s->read = read;
	s->found = found;
	s->arg = arg;
	err = read_super(s);
	if (!err)
		err = read_fragments(s);
	s->next = s->super.inode_table;
	s->end = s->super.directory_table;
	s->have = 0;
	s->at = 0;
	for (i = 0; i < s->super.inodes && !err; i++)
		err = take_inode(s);
	free(s->fragment);
	free(s);
	return err;
}
