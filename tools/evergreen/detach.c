// SPDX-License-Identifier: GPL-2.0
#include "evergreen.h"

#include <errno.h>
#include <poll.h>
#include <sys/pidfd.h>
#include <unistd.h>

enum { HELPER_EXIT_MS = 5000 };

/* So that the cache is free when detach returns. */
static void wait_for_exit(int pidfd)
{
	struct pollfd poller = { .fd = pidfd, .events = POLLIN };

	if (pidfd < 0)
		return;
	if (!poll(&poller, 1, HELPER_EXIT_MS))
		say_note("the disk is gone, but its evergreend has not ended yet");
	close(pidfd);
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
		wait_for_exit(pidfd);
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
