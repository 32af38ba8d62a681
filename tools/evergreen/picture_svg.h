/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVERGREEN_PICTURE_SVG_H
#define EVERGREEN_PICTURE_SVG_H

#include "picture.h"

/* Write it to PATH, WIDTH cells a line; "-" is standard output.  Returns EXIT_OK,
 * or EXIT_FAILED after a message.
 */
int picture_svg(const struct picture *picture, const struct view *view,
		unsigned int width, const char *path);

#endif
