// SPDX-License-Identifier: GPL-2.0
/*
 * Load the driver again and again: the first time its first allocation fails,
 * then its second, until it comes without a fault three times. If it is refused
 * nothing of it may be left; if it comes it must go again.
 *
 * usage: failload MODULE    not loaded; the caller has set the stack filter
 */
#define _GNU_SOURCE
#include <errno.h>
#include <sys/syscall.h>

#include "failnth.h"

static void die(const char *what, unsigned int n)
{
	printf("failload: fault %u: %s: %s\n", n, what, strerror(errno));
	exit(1);
}

/* A fault in what it does when it is loaded: 0 or an errno. */
static int load(const char *module, unsigned int n, bool *hit)
{
	int fd = open(module, O_RDONLY | O_CLOEXEC), error;

	if (fd < 0)
		die(module, n);
	arm_self(n);
	error = syscall(SYS_finit_module, fd, "", 0) ? errno : 0;
	*hit = disarm();
	close(fd);
	return error;
}

int main(int argc, char **argv)
{
	unsigned int n, calm = 0, faults = 0, errors = 0;
	bool hit;
	int error;

	if (argc != 2) {
		fputs("usage: failload MODULE\n", stderr);
		return 64;
	}
	for (n = 1; calm < 3; n++) {
		error = load(argv[1], n, &hit);
		if (error && !hit) {
			errno = error;
			die("refused without a fault", n);
		}
		if (error && !access("/sys/module/evergreen", F_OK))
			die("refused, and yet there", n);
		if (!error && syscall(SYS_delete_module, "evergreen", O_NONBLOCK))
			die("it does not go", n);
		faults += hit;
		errors += !!error;
		calm = hit ? 0 : calm + 1;
	}
	printf("# figure: faults in load = %u, of which %u ended in an error\n",
	       faults, errors);
	return faults < 10;
}
