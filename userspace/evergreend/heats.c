// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "heats.h"

#include <endian.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <evgnl.h>

#include "daemon.h"
#include "home.h"
#include "log.h"

#define SECOND 1000000000ULL

enum {
	TELL_PAGES	= 64,		/* in a tick: 4 GiB of disk */
	TELL_MS		= 10,
	TICK_MS		= 1000,
	COLLECT_S	= 10,
	COLLECT_SHARE	= 100,		/* of the time it may take at most */
	WRITE_S		= 60,
	COOL_S		= 3600,
};

static void *read_file(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "re");
	struct stat st;
	void *data = NULL;

	if (!f)
		return NULL;
	if (!fstat(fileno(f), &st))
		data = malloc((size_t)st.st_size + 1);
	*bytes = data ? fread(data, 1, (size_t)st.st_size + 1, f) : 0;
	fclose(f);
	return data;
}

void heats_open(struct daemon *d)
{
	const struct cache *c = &d->cache;
	char path[PATH_MAX + 16];
	size_t bytes;
	void *data;

	home_path(d, "heat", path, sizeof(path));
	data = read_file(path, &bytes);
	if (data && heatfile_parse(&d->heats.kept, data, bytes, c->header.uuid,
				   c->blocks))
		log_info("%s/heat is damaged or of another cache; how often blocks were read is counted from 0",
			 d->home);
	free(data);
	heatfile_halve(&d->heats.kept);
	/* Now, for the kernel answers whose opener may ask; if not now, then never. */
	evgnl_open(&d->heats.nl);
}

/* The kernel may have begun a new generation and refused some: all again then,
 * for it only ever raises what it has.
 */
static void tell_some(struct daemon *d)
{
	struct heats *h = &d->heats;
	const struct heatfile_page *page;
	int n;

	for (n = 0; n < TELL_PAGES && h->told < h->kept.pages; n++) {
		page = &h->kept.image->page[h->told++];
		evgnl_set_heat(d->session.nl, d->index, d->session.generation,
			       le64toh(page->index) * EVG_MAP_BLOCKS,
			       page->heat, sizeof(page->heat));
	}
	if (h->told == h->kept.pages)
		heatfile_free(&h->kept);
}

/* The first page of the map from INDEX on that may claim something. */
static uint64_t next_page(const struct cache *c, uint64_t index)
{
	const uint64_t pair = 2 * EVG_MAP_PAGE_BYTES;
	off_t data;

	if (c->is_bdev)
		return index;
	data = lseek(c->map_fd, (off_t)(EVG_MAP_OFFSET + index * pair),
		     SEEK_DATA);
	if (data < 0)
		return errno == ENXIO ? UINT64_MAX : index;
	return ((uint64_t)data - EVG_MAP_OFFSET) / pair;
}

static int collect(struct daemon *d)
{
	struct heats *h = &d->heats;
	const struct cache *c = &d->cache;
	uint64_t index, pages = (c->blocks + EVG_MAP_BLOCKS - 1) / EVG_MAP_BLOCKS;
	struct heatfile now = { 0 };
	struct evgnl_page page;
	int ret = h->nl ? 0 : -ENOTCONN;

	for (index = 0; index < pages && !ret; index++) {
		index = next_page(c, index);
		if (index >= pages)
			break;
		ret = evgnl_heat(h->nl, d->index, index * EVG_MAP_BLOCKS,
				 &page);
		if (!ret)
			ret = heatfile_add(&now, index, page.heat);
	}
	if (ret) {
		heatfile_free(&now);
		return ret;
	}
	heatfile_free(&h->now);
	h->now = now;
	return 0;
}

static void write_now(struct daemon *d)
{
	struct heats *h = &d->heats;
	size_t bytes = heatfile_seal(&h->now, d->cache.header.uuid);

	if (bytes && h->now.image->header.crc != h->written &&
	    !home_write(d, "heat", h->now.image, bytes))
		h->written = h->now.image->header.crc;
}

static void work(uv_work_t *work)
{
	struct daemon *d = work->data;

	if (!collect(d) && d->heats.write)
		write_now(d);
}

static void work_after(uv_work_t *work, int status)
{
	struct daemon *d = work->data;
	struct heats *h = &d->heats;
	uint64_t now = daemon_now(), took = now - h->collect_ns;

	(void)status;
	h->busy = false;
	if (h->write)
		h->write_ns = now + WRITE_S * SECOND;
	h->collect_ns = now + (took * COLLECT_SHARE > COLLECT_S * SECOND ?
			       took * COLLECT_SHARE : COLLECT_S * SECOND);
}

static void tick(uv_timer_t *timer)
{
	struct daemon *d = timer->data;
	struct heats *h = &d->heats;
	uint64_t now = daemon_now();

	if (h->kept.pages) {
		if (h->generation != d->session.generation)
			h->told = 0;
		h->generation = d->session.generation;
		tell_some(d);
		return;
	}
	uv_timer_set_repeat(timer, TICK_MS);
	if (now >= h->cool_ns) {
		h->cool_ns = now + COOL_S * SECOND;
		evgnl_cool(d->session.nl, d->index, d->session.generation);
	}
	if (h->busy || now < h->collect_ns)
		return;
	h->busy = true;
	h->write = now >= h->write_ns;
	h->collect_ns = now;
	uv_queue_work(&d->loop, &h->work, work, work_after);
}

void heats_start(struct daemon *d)
{
	struct heats *h = &d->heats;
	uint64_t now = daemon_now();

	h->cool_ns = now + COOL_S * SECOND;
	h->collect_ns = now + COLLECT_S * SECOND;
	h->write_ns = now + WRITE_S * SECOND;
	h->work.data = d;
	h->tick.data = d;
	uv_timer_init(&d->loop, &h->tick);
	uv_timer_start(&h->tick, tick, TELL_MS, TELL_MS);
}

/* The disk may be gone: then what was collected last is kept. */
void heats_end(struct daemon *d)
{
	struct heats *h = &d->heats;

	if (h->busy || h->kept.pages)
		return;
	collect(d);
	write_now(d);
}
