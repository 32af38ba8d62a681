#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: kernel=6.12
# evg: timeout=300
# What is refused, and what is said, before the kernel has a part in it: one
# kernel will do.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts bad-arguments bad-uri wrong-export plain-server-for-nbds \
	tls-name-is-checked servers-that-lie command-output
