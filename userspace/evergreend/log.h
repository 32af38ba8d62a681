/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVG_LOG_H
#define EVG_LOG_H

#include <stdbool.h>

/* Lines go to stderr, after the time and this name. */
void log_init(const char *name, bool verbose);

__attribute__((__format__(gnu_printf, 1, 2)))
void log_info(const char *format, ...);

__attribute__((__format__(gnu_printf, 1, 2)))
void log_debug(const char *format, ...);

#endif
