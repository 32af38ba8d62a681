// SPDX-License-Identifier: GPL-2.0
#include "screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "evergreen.h"

#define ENTER	"\033[?1049h\033[?25l"	/* the other screen, no cursor */
#define LEAVE	"\033[?25h\033[?1049l"

enum { COLUMNS = 80, LINES = 24 };

static struct termios before;
static int signal_fd;

bool screen_is_there(void)
{
	return isatty(STDIN_FILENO) && isatty(STDOUT_FILENO);
}

int screen_begin(void)
{
	struct termios raw;
	sigset_t signals;

	if (tcgetattr(STDIN_FILENO, &before))
		return say_failure("cannot ask the terminal: %s", strerror(errno));
	raw = before;
	raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	sigemptyset(&signals);
	sigaddset(&signals, SIGINT);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGHUP);
	sigaddset(&signals, SIGWINCH);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal_fd = signalfd(-1, &signals, SFD_CLOEXEC);
	if (signal_fd < 0)
		return say_failure("cannot wait for signals: %s", strerror(errno));
	if (tcsetattr(STDIN_FILENO, TCSAFLUSH, &raw))
		return say_failure("cannot set the terminal: %s", strerror(errno));
	fputs(ENTER, stdout);
	return EXIT_OK;
}

void screen_end(void)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
	tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/* As much of a line as has room; the rest of a character is not one. */
static const char *put_line(const char *line, unsigned int columns)
{
	unsigned int used = 0;

	for (; *line && *line != '\n'; line++) {
		if (((unsigned char)*line & 0xc0) != 0x80)
			used++;
		if (used <= columns)
			putchar(*line);
	}
	fputs("\033[K", stdout);
	return *line ? line + 1 : line;
}

void screen_draw(const char *frame)
{
	struct winsize size;
	unsigned int line;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) || !size.ws_row || !size.ws_col)
		size = (struct winsize){ .ws_row = LINES, .ws_col = COLUMNS };
	fputs("\033[H", stdout);
	for (line = 0; line < size.ws_row && *frame; line++) {
		if (line)
			fputs("\r\n", stdout);
		frame = put_line(frame, size.ws_col);
	}
	fputs("\033[J", stdout);
	fflush(stdout);
}

int screen_wait(int ms)
{
	struct pollfd pollers[2] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = signal_fd, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	char key;

	if (poll(pollers, 2, ms) <= 0)
		return 0;
	if (pollers[1].revents) {
		if (read(signal_fd, &info, sizeof(info)) == sizeof(info) &&
		    info.ssi_signo == SIGWINCH)
			return 0;
		return 'q';
	}
	return read(STDIN_FILENO, &key, 1) == 1 ? key : 'q';
}
