#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nbds: never falls back to a connection in the clear.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
mkdir "$EVG_TMP/trust"
refused 1 "evergreen" evergreen attach --cache "$CACHES/a" \
	"nbds://$FAR/?tls-certificates=$EVG_TMP/trust"
sed 's/^/  /' "$EVG_TMP/refusal"
expect_eq "bytes served" "$(bytes_served)" 0
