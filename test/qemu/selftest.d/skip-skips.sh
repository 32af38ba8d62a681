#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# 77 is a skip, with the last line as the reason.
echo "there is a reason"
exit 77
