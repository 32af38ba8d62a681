// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE
#include "privilege.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "log.h"

#ifndef PR_SET_IO_FLUSHER
#define PR_SET_IO_FLUSHER 57
#endif

static void spare_from_oom(void)
{
	static const char score[] = "-900";
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	if (write(fd, score, sizeof(score) - 1) < 0)
		log_debug("oom_score_adj cannot be set");
	close(fd);
}

void privilege_settle(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	if (prctl(PR_SET_IO_FLUSHER, 1, 0, 0, 0))
		log_debug("PR_SET_IO_FLUSHER is not permitted");
	/* without the limit lifted, locking would make allocations fail later */
	if (setrlimit(RLIMIT_MEMLOCK, &all) ||
	    mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT))
		log_debug("memory cannot be locked");
	spare_from_oom();
}

bool privilege_can_read(const char *path)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct all[2], none[2];
	bool can;

	if (syscall(SYS_capget, &header, all))
		return true;
	memcpy(none, all, sizeof(none));
	none[0].effective = 0;
	none[1].effective = 0;
	syscall(SYS_capset, &header, none);
	can = !faccessat(AT_FDCWD, path, R_OK, AT_EACCESS) &&
	      !faccessat(AT_FDCWD, path, F_OK, AT_EACCESS);
	syscall(SYS_capset, &header, all);
	return can;
}

bool privilege_drop(bool socket_files)
{
	struct __user_cap_header_struct header = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct data[2];

	memset(data, 0, sizeof(data));
	if (socket_files) {
		data[0].effective = 1U << CAP_DAC_OVERRIDE;
		data[0].permitted = data[0].effective;
	}
	return !prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) &&
	       !syscall(SYS_capset, &header, data);
}
