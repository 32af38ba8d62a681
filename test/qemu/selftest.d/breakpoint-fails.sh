#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A kernel that runs into a breakpoint that is there has lost its way.
echo "<1>Oops: int3: 0000 [#1] PREEMPT SMP NOPTI" >/dev/kmsg
echo "<4>Code: c3 cc cc cc <cc> cc cc 66 0f 1f 84 00" >/dev/kmsg
exit 0
