#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Whatever is wrong with a command line is said in one line, with exit status
# 2; what cannot be done, with 1.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

refused 2 "help" evergreen
refused 2 "frobnicate" evergreen frobnicate
refused 2 "help" evergreen attach
refused 2 "help" evergreen attach --frobnicate nbd://localhost/
refused 2 "help" evergreen attach nbd://localhost/ nbd://localhost/
refused 2 "grace" evergreen attach --grace soon nbd://localhost/
refused 2 "grace" evergreen attach --grace -1 nbd://localhost/
refused 2 "detect" evergreen attach --detect 0 nbd://localhost/
refused 2 "detect" evergreen attach --detect 601 nbd://localhost/
refused 2 "sda" evergreen attach --name sda nbd://localhost/
refused 2 "help" evergreen detach
refused 2 "evgx" evergreen detach evgx
refused 2 "help" evergreen set
refused 2 "grace" evergreen set evg0 --grace maybe
refused 2 "help" evergreen check
refused 1 "evg7" evergreen detach evg7
refused 1 "evg7" evergreen status 7
refused 1 "evg7" evergreen set /dev/evg7 --grace 3
refused 1 "evg7" evergreen reset evg7
refused 1 "nowhere" evergreen check /nowhere
refused 2 "help" evergreend
refused 2 "help" evergreend --frobnicate nbd://localhost/
refused 2 "grace" evergreend --grace soon nbd://localhost/
# A name that commands the terminal is shown, not obeyed.
refused 1 '[?]\[2Jimage' evergreen check $'/\033[2Jimage'

for verb in "" attach detach list status set reset watch check; do
	# shellcheck disable=SC2086 # none or one word
	evergreen $verb --help | grep -q . || fail "evergreen $verb --help is silent"
	# shellcheck disable=SC2086
	evergreen $verb --version | grep -q '[0-9]' || fail "evergreen $verb --version"
done
evergreend --help | grep -q URI || fail "evergreend --help"
evergreend --version | grep -q '[0-9]' || fail "evergreend --version"
expect_eq "disks" "$(evergreen list --json | jq length)" 0
