// SPDX-License-Identifier: GPL-2.0
#include "settle.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <linux/fs.h>

#include "evergreen.h"

enum {
	NODE_TRIES	= 100,
	NODE_STEP_MS	= 20,
	SCAN_MS		= 10000,
};

int settle_node(uint32_t index)
{
	struct timespec step = { .tv_nsec = NODE_STEP_MS * 1000000L };
	char node[32];
	struct stat st;
	int i;

	snprintf(node, sizeof(node), "/dev/evg%u", index);
	for (i = 0; i < NODE_TRIES; i++) {
		if (!stat(node, &st) && S_ISBLK(st.st_mode))
			return EXIT_OK;
		nanosleep(&step, NULL);
	}
	return say_failure("the disk is attached, but %s does not appear; is /dev a devtmpfs?",
			   node);
}

/* The kernel scans by itself when the link comes, which may be over already. */
static bool has_partitions(uint32_t index)
{
	char pattern[64];
	glob_t found = { 0 };
	bool any;

	snprintf(pattern, sizeof(pattern), "/sys/block/evg%u/evg%up*", index, index);
	any = !glob(pattern, GLOB_NOSORT, NULL, &found);
	globfree(&found);
	return any;
}

/*
 * In a child: the scan cannot be interrupted while it reads, and a link may be
 * slow.  One that is down the kernel does not wait for.
 */
static void scan(uint32_t index)
{
	static const char change[] = "change";
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/evg%u", index);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || ioctl(fd, BLKRRPART))
		_exit(EXIT_FAILED);
	close(fd);
	snprintf(path, sizeof(path), "/sys/block/evg%u/uevent", index);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, change, strlen(change)) < 0)
		_exit(EXIT_FAILED);
	_exit(EXIT_OK);
}

void settle_partitions(uint32_t index)
{
	struct pollfd poller = { .events = POLLIN };
	pid_t pid;

	if (has_partitions(index))
		return;
	pid = fork();
	if (!pid)
		scan(index);
	if (pid < 0) {
		say_note("partitions are not read: %s", strerror(errno));
		return;
	}
	poller.fd = pidfd_open(pid, 0);
	if (poller.fd < 0 || poll(&poller, 1, SCAN_MS) > 0)
		waitpid(pid, NULL, 0);
	else
		say_note("partitions are still being read; the server is slow");
	if (poller.fd >= 0)
		close(poller.fd);
}
