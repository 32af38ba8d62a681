// SPDX-License-Identifier: GPL-2.0
/*
 * Say lines to the control socket of a disk's helper, and print what it says.
 * Without lines: say what comes on standard input, as it is.  With -n N: be N
 * clients that say nothing, or much without listening, say so when all are there,
 * and stay until killed.  Exit status: 0, or 1 when it did not answer each line
 * within ten seconds.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ANSWER_MS = 10000 };

static int connect_to(const char *disk)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(to.sun_path, sizeof(to.sun_path), "/run/evergreen/%s.sock",
		 disk);
	if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof(to))) {
		perror(to.sun_path);
		exit(1);
	}
	return fd;
}

static int say(int fd, const char *data, size_t bytes)
{
	ssize_t n = send(fd, data, bytes, MSG_NOSIGNAL);

	return n == (ssize_t)bytes ? 0 : -1;
}

/* Print what comes, to the end of a line. */
static int hear(int fd)
{
	struct pollfd poller = { .fd = fd, .events = POLLIN };
	char letter = 0;

	while (letter != '\n') {
		if (poll(&poller, 1, ANSWER_MS) != 1 ||
		    read(fd, &letter, 1) != 1)
			return -1;
		putchar(letter);
	}
	return 0;
}

static int pass_on(int fd)
{
	char data[4096];
	ssize_t n;

	while ((n = read(STDIN_FILENO, data, sizeof(data))) > 0)
		if (say(fd, data, (size_t)n))
			break;
	shutdown(fd, SHUT_WR);
	while (!hear(fd))
		;
	return 0;
}

static int crowd(int n, const char *disk)
{
	static const char line[] = "status\n";
	int i, fd;

	for (i = 0; i < n; i++) {
		fd = connect_to(disk);
		while (i % 2 && send(fd, line, sizeof(line) - 1,
				     MSG_NOSIGNAL | MSG_DONTWAIT) > 0)
			;
	}
	printf("%d are there\n", n);
	fflush(stdout);
	pause();
	return 0;
}

int main(int argc, char **argv)
{
	char line[4096];
	int fd, i, n;

	if (argc < 2)
		return 2;
	if (argc == 4 && !strcmp(argv[1], "-n"))
		return crowd(atoi(argv[2]), argv[3]);
	fd = connect_to(argv[1]);
	if (argc == 2)
		return pass_on(fd);
	for (i = 2; i < argc; i++) {
		n = snprintf(line, sizeof(line), "%s\n", argv[i]);
		if (say(fd, line, (size_t)n) || hear(fd))
			return 1;
	}
	return 0;
}
