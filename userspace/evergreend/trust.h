/* SPDX-License-Identifier: GPL-2.0 */
/* Who may vouch for a server: no certificate is believed that nobody checks. */
#ifndef EVG_TRUST_H
#define EVG_TRUST_H

#include <limits.h>
#include <stddef.h>

/* DIR gets the directory whose ca-cert.pem has the authorities that this URI's
 * server must be known to: the URI's own, libnbd's in /etc/pki, or the system's.  It
 * is empty when no certificate is asked for: without TLS, or with a shared key.  0,
 * or a negative errno, and then WHY has one line.  Blocks for file systems only.
 */
int trust_choose(const char *uri, char dir[PATH_MAX], char *why, size_t why_bytes);

#endif
