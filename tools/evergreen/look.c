// SPDX-License-Identifier: GPL-2.0
#include "look.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <unistd.h>

bool look_wants(const struct look *look, uint64_t start, uint64_t bytes)
{
	uint64_t from = (look->mount->volume.start + start) / EVG_BLOCK_SIZE;
	uint64_t to = (look->mount->volume.start + start + bytes + EVG_BLOCK_SIZE - 1) /
		EVG_BLOCK_SIZE;
	size_t low = 0, high = look->wants, middle;

	/* The first one that ends behind FROM. */
	while (low < high) {
		middle = (low + high) / 2;
		if (look->want[middle].first + look->want[middle].count <= from)
			low = middle + 1;
		else
			high = middle;
	}
	return bytes && low < look->wants && look->want[low].first < to;
}

void look_tell(struct look *look, enum look_kind kind, uint64_t start,
	       uint64_t bytes, const char *path)
{
	struct look_found found = {
		.start = look->mount->volume.start + start,
		.bytes = bytes,
		.kind = kind,
		.path_bytes = (uint32_t)strlen(path),
	};
	struct iovec parts[2] = {
		{ &found, sizeof(found) },
		{ (char *)path, found.path_bytes },
	};

	/* One writer, and a pipe that blocks: it takes all. */
	if (writev(look->out, parts, 2) !=
	    (ssize_t)(sizeof(found) + found.path_bytes))
		look->stop = true;
}

void look_failed(struct look *look, int error)
{
	look->partial = true;
	/* The link is lost, or the file system has had enough of it. */
	if (error != EACCES && error != EPERM && error != ENOENT &&
	    error != ELOOP && error != EOPNOTSUPP && error != ENOTTY &&
	    error != ENXIO && error != ENODEV && error != EBUSY)
		look->stop = true;
}

void look_at_mounts(struct look *look, const struct mount_point *mounts,
		    int count)
{
	int i;

	prctl(PR_SET_NAME, LOOK_COMM);
	for (i = 0; i < count; i++) {
		look->mount = &mounts[i];
		look->partial = false;
		look->stop = false;
		if (!look_wants(look, 0, mounts[i].volume.bytes))
			continue;
		if (!strcmp(mounts[i].type, "squashfs"))
			look_at_squashfs(look);
		else
			look_by_fiemap(look);
		if (!look->partial && !look->stop)
			look_tell(look, LOOK_DONE, 0, mounts[i].volume.bytes, "");
	}
}
