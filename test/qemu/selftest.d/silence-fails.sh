#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A guest that ends without a verdict fails.
echo o >/proc/sysrq-trigger
sleep 100
