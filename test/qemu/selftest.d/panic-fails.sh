#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A panic ends the guest at once, and fails.
echo c >/proc/sysrq-trigger
sleep 100
