// SPDX-License-Identifier: GPL-2.0
#define _GNU_SOURCE		/* close_range, pipe2, strchrnul */
#include "launch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "evergreen.h"

enum { ANSWER_MS = 90000 };	/* longer than anything it waits for itself */

void launch_arg(struct launch *launch, const char *arg)
{
	if (launch->count + 1 == LAUNCH_ARGS)
		abort();
	launch->argv[launch->count++] = arg;
	launch->argv[launch->count] = NULL;
}

static bool find_beside(char path[PATH_MAX])
{
	ssize_t n = readlink("/proc/self/exe", path, PATH_MAX - 1);
	char *slash;

	if (n < 0)
		return false;
	path[n] = '\0';
	slash = strrchr(path, '/');
	if (!slash)
		return false;
	if (snprintf(slash, path + PATH_MAX - slash, "/evergreend") >=
	    path + PATH_MAX - slash)
		return false;
	return !access(path, X_OK);
}

static bool find_in_path(char path[PATH_MAX])
{
	const char *from = getenv("PATH"), *end;
	int n;

	for (; from && *from; from = *end ? end + 1 : end) {
		end = strchrnul(from, ':');
		n = snprintf(path, PATH_MAX, "%.*s/evergreend",
			     (int)(end - from), from);
		if (path[0] == '/' && n < PATH_MAX && !access(path, X_OK) &&
		    end > from)
			return true;
	}
	return false;
}

static bool find_helper(char path[PATH_MAX])
{
	if (find_beside(path) || find_in_path(path))
		return true;
	snprintf(path, PATH_MAX, "/usr/sbin/evergreend");
	return !access(path, X_OK);
}

/* Where its messages go; without a log the disk is still worth having. */
static int open_log(void)
{
	int fd = open(LAUNCH_LOG, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);

	if (fd >= 0)
		return fd;
	say_note("cannot write %s (%s); evergreend's messages are lost",
		 LAUNCH_LOG, strerror(errno));
	return open("/dev/null", O_WRONLY | O_CLOEXEC);
}

/* What the caller has open, a lock perhaps, is not to live on in evergreend. */
static int close_others(int ready)
{
	if (ready > STDERR_FILENO + 1 &&
	    close_range(STDERR_FILENO + 1, ready - 1, 0))
		return -1;
	return close_range(ready + 1, ~0U, 0);
}

/* In the child.  The pipe stays open in evergreend, and the directory that
 * the command was run in is not kept busy.
 */
static void become_helper(const char *path, struct launch *launch, int log,
			  int ready)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	setsid();
	if (null < 0 || dup2(null, STDIN_FILENO) < 0 ||
	    dup2(log, STDOUT_FILENO) < 0 || dup2(log, STDERR_FILENO) < 0 ||
	    chdir("/") || fcntl(ready, F_SETFD, 0) ||
	    close_others(ready))
		dprintf(ready, "error cannot prepare to run %s: %s\n", path,
			strerror(errno));
	else if (execv(path, (char **)launch->argv))
		dprintf(ready, "error cannot run %s: %s\n", path, strerror(errno));
	_exit(EXIT_FAILED);
}

/* It ended, or closed the pipe, and said nothing. */
static int say_silent(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return say_failure("evergreend gave no answer; see %s", LAUNCH_LOG);
	if (WIFSIGNALED(status))
		return say_failure("evergreend was killed by signal %d; see %s",
				   WTERMSIG(status), LAUNCH_LOG);
	return say_failure("evergreend ended with status %d; see %s",
			   WEXITSTATUS(status), LAUNCH_LOG);
}

/* One line, without its end. */
static int read_answer(int fd, pid_t pid, char answer[LAUNCH_ANSWER])
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	size_t got = 0;
	ssize_t n;
	int ready;

	for (;;) {
		ready = poll(&poller, 1, ANSWER_MS);
		if (ready < 0 && errno == EINTR)
			continue;
		if (ready <= 0) {
			kill(pid, SIGTERM);
			return say_failure("evergreend said nothing for %d s, is stopped; see %s",
					   ANSWER_MS / 1000, LAUNCH_LOG);
		}
		n = read(fd, answer + got, LAUNCH_ANSWER - 1 - got);
		if (n > 0)
			got += n;
		answer[got] = '\0';
		if (strchr(answer, '\n') || got == LAUNCH_ANSWER - 1)
			break;
		if (n <= 0)
			return say_silent(pid);
	}
	answer[strcspn(answer, "\n")] = '\0';
	return EXIT_OK;
}

int launch_run(struct launch *launch, char answer[LAUNCH_ANSWER])
{
	char path[PATH_MAX], ready[16];
	int pipe_fd[2], log, status;
	pid_t pid;

	if (!find_helper(path))
		return say_failure("cannot find evergreend; put it beside evergreen");
	if (pipe2(pipe_fd, O_CLOEXEC))
		return say_failure("cannot make a pipe: %s", strerror(errno));
	log = open_log();
	launch->argv[0] = path;
	snprintf(ready, sizeof(ready), "--ready-fd=%d", pipe_fd[1]);
	launch_arg(launch, ready);
	pid = fork();
	if (!pid)
		become_helper(path, launch, log, pipe_fd[1]);
	close(pipe_fd[1]);
	close(log);
	if (pid < 0)
		status = say_failure("cannot start a process: %s",
				     strerror(errno));
	else
		status = read_answer(pipe_fd[0], pid, answer);
	close(pipe_fd[0]);
	return status;
}
