#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The table in Documentation/link-states.rst is the one that the code has.
set -eu
cd "$(dirname "$0")/../.."
echo 1..1
want=$(build/unit/test_link --table | sed 's/ *$//')
have=$(sed -n '/^    event  /,/^$/s/^    //p' Documentation/link-states.rst)
if [ "$want" = "$have" ]; then
	echo "ok 1 - link-states.rst has the code's table"
else
	echo "not ok 1 - link-states.rst differs; build/unit/test_link --table prints the table"
	exit 1
fi
