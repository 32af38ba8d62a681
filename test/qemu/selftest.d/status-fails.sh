#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# evg: noinsmod
# A scenario's own exit status counts.
exit 3
