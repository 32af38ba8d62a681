// SPDX-License-Identifier: GPL-2.0
/*
 * A server that is not one, for a TCP port: HOW is "silent" (accepts and never
 * speaks), "hangup" (accepts and closes), "garbage" (random bytes for ever) or
 * "half" (the NBD greeting, then silence).
 *
 * usage: liar HOW PORT
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void serve(const char *how, int fd)
{
	static const char greeting[] = "NBDMAGICIHAVEOPT\0\003";
	char buffer[4096];
	int random;

	if (!strcmp(how, "hangup"))
		return;
	if (!strcmp(how, "half") && write(fd, greeting, 18) != 18)
		return;
	if (strcmp(how, "garbage")) {
		while (read(fd, buffer, sizeof(buffer)) > 0)
			continue;
		return;
	}
	random = open("/dev/urandom", O_RDONLY);
	while (read(random, buffer, sizeof(buffer)) > 0 &&
	       write(fd, buffer, sizeof(buffer)) > 0)
		continue;
}

int main(int argc, char **argv)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	int listener, fd, on = 1;

	if (argc != 3) {
		fputs("usage: liar silent|hangup|garbage|half PORT\n", stderr);
		return 64;
	}
	signal(SIGCHLD, SIG_IGN);
	address.sin_port = htons(atoi(argv[2]));
	listener = socket(AF_INET, SOCK_STREAM, 0);
	setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(listener, (struct sockaddr *)&address, sizeof(address)) ||
	    listen(listener, 16)) {
		perror("liar: cannot listen");
		return 1;
	}
	for (;;) {
		fd = accept(listener, NULL, NULL);
		if (fd < 0)
			continue;
		if (!fork()) {
			signal(SIGPIPE, SIG_DFL);
			serve(argv[1], fd);
			_exit(0);
		}
		close(fd);
	}
}
