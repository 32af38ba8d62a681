// SPDX-License-Identifier: GPL-2.0
#include "heatfile.h"

#include <assert.h>
#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <cache.h>

#include "heat.h"

#define MAGIC "EVG-HEAT"

enum { VERSION = 1 };

static_assert(sizeof(struct heatfile_header) == 64, "as documented");
static_assert(sizeof(struct heatfile_page) == 1024, "as documented");

void heatfile_free(struct heatfile *h)
{
	free(h->image);
	memset(h, 0, sizeof(*h));
}

static int grow(struct heatfile *h)
{
	size_t more = h->max ? h->max * 2 : 16;
	struct heatfile_image *larger;

	larger = realloc(h->image, sizeof(*larger) +
				   more * sizeof(larger->page[0]));
	if (!larger)
		return -ENOMEM;
	h->image = larger;
	h->max = more;
	return 0;
}

int heatfile_add(struct heatfile *h, uint64_t index, const uint8_t *heat)
{
	struct heatfile_page *page;
	uint8_t any = 0;
	size_t i;

	for (i = 0; i < HEATFILE_REGIONS; i++)
		any |= heat[i] & EVG_HEAT_MASK;
	if (!any)
		return 0;
	if (h->pages == h->max && grow(h))
		return -ENOMEM;
	page = &h->image->page[h->pages++];
	page->index = htole64(index);
	for (i = 0; i < HEATFILE_REGIONS; i++)
		page->heat[i] = heat[i] & EVG_HEAT_MASK;
	return 0;
}

void heatfile_halve(struct heatfile *h)
{
	size_t page, i;

	for (page = 0; page < h->pages; page++)
		for (i = 0; i < HEATFILE_REGIONS; i++)
			h->image->page[page].heat[i] =
				heat_halved(h->image->page[page].heat[i]);
}

static uint32_t crc_of(const struct heatfile_image *image, size_t pages)
{
	uint32_t crc;

	crc = crc32c(0, &image->header, offsetof(struct heatfile_header, crc));
	return crc32c(crc, image->page, pages * sizeof(image->page[0]));
}

size_t heatfile_seal(struct heatfile *h, const uint8_t uuid[16])
{
	struct heatfile_header *header;

	if (!h->pages)
		return 0;
	header = &h->image->header;
	memset(header, 0, sizeof(*header));
	memcpy(header->magic, MAGIC, sizeof(header->magic));
	header->version = htole32(VERSION);
	header->region_blocks = htole32(EVG_REGION_BLOCKS);
	memcpy(header->uuid, uuid, sizeof(header->uuid));
	header->pages = htole64(h->pages);
	header->crc = htole32(crc_of(h->image, h->pages));
	return sizeof(*h->image) + h->pages * sizeof(h->image->page[0]);
}

static int is_ours(const struct heatfile_image *image, size_t bytes,
		   const uint8_t uuid[16])
{
	const struct heatfile_header *header = &image->header;
	size_t pages;

	if (bytes < sizeof(*image) ||
	    (bytes - sizeof(*image)) % sizeof(image->page[0]))
		return 0;
	pages = (bytes - sizeof(*image)) / sizeof(image->page[0]);
	return !memcmp(header->magic, MAGIC, sizeof(header->magic)) &&
	       le32toh(header->version) == VERSION &&
	       le32toh(header->region_blocks) == EVG_REGION_BLOCKS &&
	       !memcmp(header->uuid, uuid, sizeof(header->uuid)) &&
	       le64toh(header->pages) == pages &&
	       le32toh(header->crc) == crc_of(image, pages);
}

int heatfile_parse(struct heatfile *h, const void *data, size_t bytes,
		   const uint8_t uuid[16], uint64_t blocks)
{
	uint64_t map_pages = (blocks + EVG_MAP_BLOCKS - 1) / EVG_MAP_BLOCKS;
	const struct heatfile_image *image = data;
	uint64_t index, next = 0;
	size_t i, pages;
	int ret = 0;

	memset(h, 0, sizeof(*h));
	if (!is_ours(image, bytes, uuid))
		return -EUCLEAN;
	pages = le64toh(image->header.pages);
	for (i = 0; i < pages && !ret; i++) {
		index = le64toh(image->page[i].index);
		if (index < next || index >= map_pages)
			ret = -EUCLEAN;
		else
			ret = heatfile_add(h, index, image->page[i].heat);
		next = index + 1;
	}
	if (ret)
		heatfile_free(h);
	return ret;
}
