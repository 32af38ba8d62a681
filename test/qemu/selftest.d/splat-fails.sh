#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A complaint of the kernel fails a scenario that says that it passed.
echo "<4>WARNING: CPU: 0 PID: 1 at planted.c:1" >/dev/kmsg
exit 0
