#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# evg: expect=planted[.]c
# A complaint that the scenario announced is none.
echo "<4>WARNING: CPU: 0 PID: 1 at planted.c:1" >/dev/kmsg
exit 0
