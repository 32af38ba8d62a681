/* SPDX-License-Identifier: GPL-2.0 */
/* What the files of the function library share among themselves. */
#ifndef EVG_FUNCTION_PRIV_H
#define EVG_FUNCTION_PRIV_H

#include "function.h"

/* Set function_error() and return -error. */
__attribute__((__format__(gnu_printf, 2, 3)))
int function_refuse(int error, const char *format, ...);

#endif
