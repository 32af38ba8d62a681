/* SPDX-License-Identifier: GPL-2.0 */
/* A terminal that is drawn anew again and again, and given back as it was. */
#ifndef EVERGREEN_SCREEN_H
#define EVERGREEN_SCREEN_H

#include <stdbool.h>

/* Both are terminals?  Returns EXIT_OK, or EXIT_FAILED after a message. */
bool screen_is_there(void);
int screen_begin(void);
void screen_end(void);

/* Lines that do not fit are cut, and those below the last are left out. */
void screen_draw(const char *frame);

/* A key, or 0 after so long, or when the size changed; 'q' after a signal that
 * ends us.
 */
int screen_wait(int ms);

#endif
