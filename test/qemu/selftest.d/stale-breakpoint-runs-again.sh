#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A breakpoint that is gone when it traps is the emulator's fault: again, then.
[ "$EVG_TRY" -eq 1 ] || exit 0
echo "<1>Oops: int3: 0000 [#1] PREEMPT SMP NOPTI" >/dev/kmsg
echo "<4>Code: 18 00 00 00 00 66 <90> 48 8b 83 a8 02 00 00" >/dev/kmsg
exit 0
