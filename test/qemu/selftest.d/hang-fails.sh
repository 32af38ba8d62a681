#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# evg: timeout=25
# A guest that goes on for ever fails when its time is over.
while :; do sleep 1; done
