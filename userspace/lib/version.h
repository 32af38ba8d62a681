/* SPDX-License-Identifier: GPL-2.0 */
#ifndef EVG_VERSION_H
#define EVG_VERSION_H

#define EVG_VERSION	"0.1"

#endif
