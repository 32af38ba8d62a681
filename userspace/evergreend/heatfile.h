/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Heat that outlives the disk: home/heat, see Documentation/on-disk.rst.  PURE.
 *
 * It is a hint: one that is damaged, or of another cache, is as good as none.
 */
#ifndef EVG_HEATFILE_H
#define EVG_HEATFILE_H

#include <stddef.h>
#include <stdint.h>
#include <linux/evergreen.h>
#include <linux/evergreen_format.h>

enum {
	HEATFILE_REGIONS	= EVG_MAP_BLOCKS / EVG_REGION_BLOCKS,
};

struct heatfile_header {
	uint8_t magic[8];		/* EVG-HEAT */
	__le32 version;			/* 1 */
	__le32 region_blocks;		/* EVG_REGION_BLOCKS */
	uint8_t uuid[16];		/* the cache's */
	__le64 pages;
	uint8_t reserved[20];		/* 0 */
	__le32 crc;			/* of the header up to here and the pages */
};

struct heatfile_page {
	__le64 index;			/* of the map's page */
	uint8_t heat[HEATFILE_REGIONS];	/* without EVG_HEAT_TOUCHED */
};

/* The file, byte for byte. */
struct heatfile_image {
	struct heatfile_header header;
	struct heatfile_page page[];	/* by index */
};

struct heatfile {
	struct heatfile_image *image;	/* NULL: nothing was added */
	size_t pages;
	size_t max;
};

void heatfile_free(struct heatfile *h);

/* A page beyond the last one; one without heat is left out.  0 or -ENOMEM. */
int heatfile_add(struct heatfile *h, uint64_t index, const uint8_t *heat);

/* All that was read counts half. */
void heatfile_halve(struct heatfile *h);

/* Make the image what a file holds: returns its bytes, 0 when it is empty. */
size_t heatfile_seal(struct heatfile *h, const uint8_t uuid[16]);

/* 0, -ENOMEM, or -EUCLEAN: this is not the heat of a cache of that uuid and so
 * many blocks, or not all of it; nothing is in H then.
 */
int heatfile_parse(struct heatfile *h, const void *data, size_t bytes,
		   const uint8_t uuid[16], uint64_t blocks);

#endif
