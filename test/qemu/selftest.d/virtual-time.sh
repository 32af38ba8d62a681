#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# evg: icount
# Ten minutes pass in no time, in a guest that needs nothing of the host, and
# results come back.
set -eu
begin=$(date +%s)
sleep 600
took=$(($(date +%s) - begin))
[ $took -ge 600 ] && [ $took -le 601 ]
echo "it came through" >"$EVG_OUT/result"
