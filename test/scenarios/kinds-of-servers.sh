#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: kernel=6.12
# evg: timeout=300
# Servers of all kinds. They differ for the helper alone, so one kernel will
# do.
# shellcheck source=test/scenarios/lib/parts.sh
. "$EVG_REPO/test/scenarios/lib/parts.sh"

parts single-connection-server slow-server qemu-nbd-server \
	unix-socket-server server-errors some-server-errors \
	holes-are-not-sent
