/* SPDX-License-Identifier: GPL-2.0 */
#include "../block.h"
