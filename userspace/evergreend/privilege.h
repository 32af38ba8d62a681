/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVG_PRIVILEGE_H
#define EVG_PRIVILEGE_H

#include <stdbool.h>

/* Stay in memory and out of the way of what is written back: this process is
 * in the path of its own memory.  What is not permitted is done without.
 * Before the first thread: threads inherit it.
 */
void privilege_settle(void);

/* Could it be read without any capability?  (Of a directory: what is in it.) */
bool privilege_can_read(const char *path);

/* Keep no capability, but the right to others' files when SOCKET_FILES: a
 * server's Unix socket is often another user's.  Before the first thread.
 */
bool privilege_drop(bool socket_files);

#endif
