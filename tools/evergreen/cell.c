// SPDX-License-Identifier: GPL-2.0
#include "cell.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "evergreen.h"

enum {
	CANNOT_RUN	= 126,
	NOT_FOUND	= 127,
	BY_SIGNAL	= 128,
	EMPTY_TRIES	= 200,
	EMPTY_STEP_MS	= 10,
};

/* Whether the system has it mounted, and where, does not matter so. */
static int mount_detached(void)
{
	int context = fsopen("cgroup2", FSOPEN_CLOEXEC);
	int fd = -1;

	if (context < 0)
		return -1;
	if (!fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL, 0))
		fd = fsmount(context, FSMOUNT_CLOEXEC, 0);
	close(context);
	return fd;
}

int cell_make(struct cell *cell)
{
	snprintf(cell->name, sizeof(cell->name), "evergreen-drill-%d", getpid());
	cell->fd = -1;
	cell->root_fd = mount_detached();
	if (cell->root_fd < 0)
		return say_failure("the kernel has no cgroup2 to run the command in: %s",
				   strerror(errno));
	if (mkdirat(cell->root_fd, cell->name, 0755)) {
		say_failure("cannot make a control group: %s", strerror(errno));
		close(cell->root_fd);
		return EXIT_FAILED;
	}
	cell->fd = openat(cell->root_fd, cell->name,
			  O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (cell->fd >= 0)
		return EXIT_OK;
	say_failure("cannot open the control group: %s", strerror(errno));
	cell_remove(cell);
	return EXIT_FAILED;
}

static bool is_populated(const struct cell *cell)
{
	int fd = openat(cell->fd, "cgroup.events", O_RDONLY | O_CLOEXEC);
	char text[128];
	ssize_t n;

	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return strstr(text, "populated 1");
}

void cell_empty(const struct cell *cell)
{
	struct timespec step = { .tv_nsec = EMPTY_STEP_MS * 1000000L };
	int i, fd = openat(cell->fd, "cgroup.kill", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		if (write(fd, "1", 1) < 0)
			say_note("cannot end what the command left running: %s",
				 strerror(errno));
		close(fd);
	}
	for (i = 0; i < EMPTY_TRIES && is_populated(cell); i++)
		nanosleep(&step, NULL);
}

void cell_remove(struct cell *cell)
{
	if (cell->fd >= 0) {
		cell_empty(cell);
		close(cell->fd);
	}
	if (unlinkat(cell->root_fd, cell->name, AT_REMOVEDIR))
		say_note("the control group %s stays: %s", cell->name,
			 strerror(errno));
	close(cell->root_fd);
}

/* In the child, which moves itself before it becomes the command. */
static void become(const struct cell *cell, char **command, bool aside)
{
	int fd = openat(cell->fd, "cgroup.procs", O_WRONLY | O_CLOEXEC);
	int error;

	signal(SIGINT, SIG_DFL);
	signal(SIGQUIT, SIG_DFL);
	if (fd < 0 || write(fd, "0", 1) < 0) {
		dprintf(STDERR_FILENO, "evergreen: cannot enter the control group: %s\n",
			strerror(errno));
		_exit(CANNOT_RUN);
	}
	if (aside)
		dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(command[0], command);
	error = errno;
	dprintf(STDERR_FILENO, "evergreen: cannot run %s: %s\n", command[0],
		strerror(error));
	_exit(error == ENOENT ? NOT_FOUND : CANNOT_RUN);
}

/* As system(3): what the terminal sends is for the command. */
int cell_run(const struct cell *cell, char **command, bool aside, int *status)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, interrupt, quit;
	pid_t pid;
	int ended;

	sigaction(SIGINT, &ignore, &interrupt);
	sigaction(SIGQUIT, &ignore, &quit);
	fflush(NULL);
	pid = fork();
	if (!pid)
		become(cell, command, aside);
	while (pid > 0 && waitpid(pid, &ended, 0) < 0 && errno == EINTR)
		;
	sigaction(SIGINT, &interrupt, NULL);
	sigaction(SIGQUIT, &quit, NULL);
	if (pid < 0)
		return say_failure("cannot start a process: %s", strerror(errno));
	*status = WIFSIGNALED(ended) ? BY_SIGNAL + WTERMSIG(ended) :
		WEXITSTATUS(ended);
	return EXIT_OK;
}
