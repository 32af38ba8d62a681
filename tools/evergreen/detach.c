// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cache.h"

enum { HELPER_EXIT_MS = 5000 };

/* So that the cache is free when detach returns. */
static bool wait_for_exit(int pidfd)
{
	struct pollfd poller = { .fd = pidfd, .events = POLLIN };
	bool ended;

	if (pidfd < 0)
		return true;
	ended = poll(&poller, 1, HELPER_EXIT_MS) > 0;
	if (!ended)
		say_note("the disk is gone, but its evergreend has not ended yet");
	close(pidfd);
	return ended;
}

/* Nobody writes it any more, so a copy of it is as good as it is.  A device has no
 * mark, and to open it for writing would be an event for udev.
 */
static void leave_at_rest(const struct evgnl_disk *disk)
{
	struct cache cache;
	struct stat st;

	if (stat(disk->cache, &st) || !S_ISDIR(st.st_mode) ||
	    cache_open(&cache, disk->cache, false))
		return;
	if (!memcmp(cache.header.uuid, disk->uuid, sizeof(disk->uuid)) &&
	    cache_end_use(&cache))
		say_note("%s", cache_error());
	cache_close(&cache);
}

static int detach(struct evgnl *nl, uint32_t index, bool force)
{
	struct evgnl_disk disk;
	int err, pidfd = -1;

	if (evgnl_get(nl, index, &disk))
		return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
	if (disk.helper_port && disk.helper_pid)
		pidfd = pidfd_open(disk.helper_pid, 0);
	err = evgnl_remove(nl, index, force);
	if (!err) {
		if (wait_for_exit(pidfd))
			leave_at_rest(&disk);
		return EXIT_OK;
	}
	if (pidfd >= 0)
		close(pidfd);
	if (err == -EBUSY && !force)
		return say_failure("/dev/evg%u is in use; unmount it, or use --force",
				   index);
	return say_failure("/dev/evg%u: %s", index, evgnl_error(nl));
}

int run_detach(const struct verb *verb, int argc, char **argv)
{
	bool force;
	struct evgnl *nl;
	uint32_t index;
	int status;

	if (!only_flag(verb, argc, argv, "force", &force, &status))
		return status;
	status = disk_operand(verb, argc, argv, &index);
	if (status)
		return status;
	nl = open_module_as_root(verb);
	if (!nl)
		return EXIT_FAILED;
	status = detach(nl, index, force);
	evgnl_close(nl);
	return status;
}
