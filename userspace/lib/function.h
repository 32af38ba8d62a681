/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A function of an application: the blocks that it needs, in the order in which
 * they were first touched.  One JSON file each, see Documentation/functions.rst.
 *
 * Functions return 0 or a negative errno; on failure function_error() has one
 * line that says what was wrong and what to do.
 */
#ifndef EVG_FUNCTION_H
#define EVG_FUNCTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <linux/evergreen_format.h>

enum {
	FUNCTION_NAME_MAX	= 64,		/* with the 0 */
	FUNCTION_WEIGHT_MAX	= 1000,
	FUNCTION_WEIGHT		= 100,		/* unless said otherwise */
	FUNCTION_COMMAND_MAX	= 4096,		/* with the 0 */
	FUNCTION_RANGES_MAX	= 1 << 20,
	FUNCTION_FILE_MAX	= 64 << 20,	/* bytes of a function's file */
};

/* Names that have a meaning of their own. */
#define FUNCTION_METADATA	"metadata"	/* of the file systems; goes first */
#define FUNCTION_SESSION	"session"	/* the last session's working set */

struct function_range {
	uint64_t first;			/* block */
	uint32_t count;			/* blocks, at least 1 */
};

struct function {
	char name[FUNCTION_NAME_MAX];	/* letters, digits and . _ + -; no leading . */
	uint32_t weight;		/* 1 to FUNCTION_WEIGHT_MAX, more goes first */
	bool pinned;			/* never evicted */
	uint64_t recorded;		/* seconds since 1970 */
	char *command;			/* what was recorded, for people; or NULL */
	uint64_t image_bytes;		/* of the image that it is of */
	uint8_t fingerprint[32];	/* and its blocks, as in evg_header */
	uint64_t sample[EVG_SAMPLES];
	uint32_t samples;
	struct function_range *range;	/* first touch first; none overlap */
	size_t ranges;
	uint64_t blocks;		/* in all ranges */
	struct function_seen *seen;	/* private: which blocks these are */
};

const char *function_error(void);

/* A new one, of the image that a cache is of. */
void function_init(struct function *f, const char *name,
		   const struct evg_header *header);

/* The image is known by the same samples as the cache's: it is the same one.  One
 * that was made with another cache of it has others; when they were compared
 * (same_image.h) function_stamp() gives it this cache's.
 */
bool function_is_of(const struct function *f, const struct evg_header *header);
void function_stamp(struct function *f, const struct evg_header *header);
void function_free(struct function *f);

bool function_name_is_good(const char *name);

/* How many blocks the image has; the last may be a part of one. */
uint64_t function_image_blocks(const struct function *f);

/* Those of these blocks that the function does not have yet, at its end. */
int function_add(struct function *f, uint64_t first, uint64_t count);

/* The same for the blocks that have some of these bytes; what lies beyond the
 * image's end is left out.
 */
int function_add_bytes(struct function *f, uint64_t offset, uint64_t bytes);

/* Give away the memory that only function_add() needs; it makes it again. */
void function_settle(struct function *f);

/* A file's text, and back.  function_print() returns -EIO when OUT fails. */
int function_parse(struct function *f, const char *text, size_t bytes);
int function_print(const struct function *f, FILE *out);

int function_load(struct function *f, const char *path);
/* Held until the descriptor is closed: who reads a function of this home, changes
 * it and saves it again does so under the lock.  Or a negative errno.
 */
int function_lock(const char *home);

/* Into a function_home(), which is made if need be, for root alone.  Written whole
 * or not at all: a new file is made durable, then renamed.
 */
int function_save(const struct function *f, const char *path);
/* To where a person says: a regular file is replaced as a whole and keeps its mode,
 * a new one has what umask leaves; what is neither is written through.
 */
int function_export(const struct function *f, const char *path);

/* Where a cache keeps its functions and what else is learned of its use: the
 * cache's own directory, or /var/lib/evergreen/UUID for one on a block device.
 * Functions are in functions/NAME.json below it.
 */
void function_home(char *path, size_t bytes, const char *cache,
		   bool is_bdev, const uint8_t uuid[16]);
int function_path(char *path, size_t bytes, const char *home, const char *name);

/* Load all of them; those that cannot be read are told to BAD (may be NULL) and
 * left out.  The caller frees each and the array.
 */
int function_load_all(const char *home, struct function **all, size_t *n,
		      void (*bad)(const char *path, const char *why, void *arg),
		      void *arg);

#endif
