/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the cache library share among themselves. */
#ifndef EVG_CACHE_PRIV_H
#define EVG_CACHE_PRIV_H

#include <endian.h>
#include <stddef.h>
#include <time.h>

#include "cache.h"

/* Set cache_error() and return -error. */
__attribute__((__format__(gnu_printf, 2, 3)))
int cache_refuse(int error, const char *format, ...);

/* NAME inside the cache's directory. */
int cache_file(char *out, size_t bytes, const char *path, const char *name);

uint64_t cache_ns(const struct timespec *time);
uint32_t cache_header_crc(const struct evg_header *header);
uint64_t cache_map_pages(uint64_t blocks);
uint64_t cache_map_end(uint64_t blocks);
uint64_t cache_padded(uint64_t image_bytes);

/* Can a cache directory be here, by the file system?  It need not be there yet. */
int cache_check_place(const char *path);

/* pread and pwrite of all BYTES; 0, or a negative errno (-EIO: too short). */
int cache_pread(int fd, void *buf, size_t bytes, uint64_t offset);
int cache_pwrite(int fd, const void *buf, size_t bytes, uint64_t offset);

#endif
