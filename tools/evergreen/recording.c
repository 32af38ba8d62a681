// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* pipe2 */
#include "recording.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evergreen.h"
#include "residents.h"
#include "text.h"

enum {
	SECTOR		= 512,
	STEP_MS		= 100,		/* between two looks at the trace */
};

static int add_read(uint64_t sector, uint32_t bytes, void *arg)
{
	struct recording *r = arg;

	if (function_add_bytes(r->f, sector * SECTOR, bytes))
		return say_failure("%s", function_error());
	return EXIT_OK;
}

int recording_begin(struct recording *r, const struct place *place,
		    struct function *f, const char *name, uint32_t buffer_kib)
{
	memset(r, 0, sizeof(*r));
	r->place = place;
	r->f = f;
	return trace_begin(&r->trace, place->disk.index, name, buffer_kib);
}

int recording_resume(struct recording *r, const struct place *place,
		     struct function *f, const char *name)
{
	memset(r, 0, sizeof(*r));
	r->place = place;
	r->f = f;
	return trace_resume(&r->trace, place->disk.index, name);
}

int recording_drop_caches(void)
{
	int fd, err = 0;

	/* What is dirty cannot be dropped. */
	sync();
	fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "3", 1) != 1)
		err = errno;
	if (fd >= 0)
		close(fd);
	return err ? say_failure("cannot drop the page cache: %s", strerror(err)) : EXIT_OK;
}

int recording_uncover(struct recording *r)
{
	int status = recording_drop_caches();

	return status ? status : residents_add(r);
}

int recording_sweep(struct recording *r)
{
	return residents_add_touched(r);
}

/* Signals that would end us are told of by a descriptor, so that a recording is
 * ended in order; a terminal has sent them to the child as well.
 */
static int hold_signals(sigset_t *before)
{
	sigset_t held;
	int fd;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigprocmask(SIG_BLOCK, &held, before);
	fd = signalfd(-1, &held, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		sigprocmask(SIG_SETMASK, before, NULL);
	return fd;
}

static int next_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	return (int)info.ssi_signo;
}

/* Until PIDFD's process ends, or a signal says so if it is no CHILD of ours. */
static int watch(struct recording *r, int pidfd, pid_t child, int signals,
		 struct ending *ending)
{
	struct pollfd poller[2] = {
		{ .fd = pidfd, .events = POLLIN },
		{ .fd = signals, .events = POLLIN },
	};
	int status = EXIT_OK, n;

	while (!status) {
		n = poll(poller, 2, STEP_MS);
		if (n < 0 && errno != EINTR)
			return say_failure("poll: %s", strerror(errno));
		status = trace_drain(&r->trace, add_read, r);
		if (r->progress)
			r->progress();
		if (n > 0 && poller[1].revents) {
			ending->signal = next_signal(signals);
			if (!child)
				break;
			if (ending->signal == SIGTERM || ending->signal == SIGHUP)
				kill(child, ending->signal);
		}
		if (n > 0 && poller[0].revents)
			break;
	}
	return status;
}

static _Noreturn void be_child(int (*main)(void *arg, int *error), void *arg,
			       int started, const sigset_t *signals)
{
	int error = 0, status;

	sigprocmask(SIG_SETMASK, signals, NULL);
	status = main(arg, &error);
	if (error && write(started, &error, sizeof(error)) < 0)
		status = EXIT_FAILED;
	fflush(stdout);
	_exit(status);
}

static int watch_child(struct recording *r, pid_t pid, int signals,
		       struct ending *ending)
{
	int pidfd = pidfd_open(pid, 0), status;

	if (pidfd < 0)
		status = say_failure("pidfd_open: %s", strerror(errno));
	else
		status = watch(r, pidfd, pid, signals, ending);
	if (status)
		kill(pid, SIGKILL);
	while (waitpid(pid, &ending->status, 0) < 0 && errno == EINTR)
		;
	if (pidfd >= 0)
		close(pidfd);
	return status;
}

int recording_run(struct recording *r, int (*main)(void *arg, int *error),
		  void *arg, struct ending *ending)
{
	int started[2], signals, status;
	sigset_t before;
	pid_t pid;

	memset(ending, 0, sizeof(*ending));
	signals = hold_signals(&before);
	if (signals < 0 || pipe2(started, O_CLOEXEC)) {
		status = say_failure("cannot start a process: %s", strerror(errno));
		goto restore;
	}
	fflush(stdout);
	pid = fork();
	if (!pid)
		be_child(main, arg, started[1], &before);
	close(started[1]);
	if (pid < 0)
		status = say_failure("cannot start a process: %s", strerror(errno));
	else
		status = watch_child(r, pid, signals, ending);
	if (read(started[0], &ending->error, sizeof(ending->error)) < 0)
		ending->error = errno;
	close(started[0]);
restore:
	if (signals >= 0) {
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(signals);
	}
	return status;
}

int recording_wait_for(struct recording *r, int pid, struct ending *ending)
{
	int pidfd = pidfd_open(pid, 0), signals, status;
	sigset_t before;

	memset(ending, 0, sizeof(*ending));
	if (pidfd < 0)
		return say_failure("process %d: %s", pid, strerror(errno));
	signals = hold_signals(&before);
	if (signals < 0) {
		status = say_failure("signalfd: %s", strerror(errno));
	} else {
		status = watch(r, pidfd, 0, signals, ending);
		sigprocmask(SIG_SETMASK, &before, NULL);
		close(signals);
	}
	close(pidfd);
	return status;
}

int recording_end(struct recording *r)
{
	uint64_t lost = 0;
	int status;

	trace_stop(&r->trace);
	status = trace_drain(&r->trace, add_read, r);
	if (!status)
		status = trace_lost(&r->trace, &lost);
	recording_drop(r);
	if (!status && lost)
		status = say_failure("%llu reads were not seen, nothing is stored; say --buffer",
				     (unsigned long long)lost);
	return status;
}

void recording_drop(struct recording *r)
{
	trace_remove(&r->trace);
}

void recording_tell(const struct place *place, const struct function *f)
{
	uint64_t blocks = function_image_blocks(f);
	char bytes[TEXT_BYTES], share[TEXT_BYTES];

	say_note("evg%u: function %s: %llu blocks, %s, %s of the disk",
		 place->disk.index, f->name, (unsigned long long)f->blocks,
		 text_bytes(bytes, f->blocks * EVG_BLOCK_SIZE),
		 text_share(share, f->blocks, blocks));
}
