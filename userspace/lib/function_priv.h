/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the function library share among themselves. */
#ifndef EVG_FUNCTION_PRIV_H
#define EVG_FUNCTION_PRIV_H

#include "function.h"

/* Set function_error() and return -error. */
__attribute__((__format__(gnu_printf, 2, 3)))
int function_refuse(int error, const char *format, ...);

/* At the end, as they come: function_is_apart() says whether that was right. */
int function_append(struct function *f, uint64_t first, uint64_t count);

/* 1: no block comes twice; 0: some does; or a negative errno. */
int function_is_apart(const struct function *f);

#endif
