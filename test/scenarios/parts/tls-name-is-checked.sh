#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nbds: a certificate of another name or of an unknown authority is refused,
# at the first connection and at the next; the right one serves.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop

# An authority NAME, and a certificate of it for the host name HOST.
make_authority() { # NAME HOST
	local dir=$EVG_TMP/$1 key="openssl ecparam -name prime256v1 -genkey -noout"

	mkdir -p "$dir"
	$key -out "$dir/ca-key.pem"
	$key -out "$dir/server-key.pem"
	openssl req -x509 -new -key "$dir/ca-key.pem" -subj "/CN=$1" \
		-days 30 -out "$dir/ca-cert.pem"
	openssl req -new -key "$dir/server-key.pem" -subj "/CN=$2" \
		-out "$dir/server.csr"
	printf 'subjectAltName=DNS:%s\n' "$2" >"$dir/names"
	openssl x509 -req -in "$dir/server.csr" -CA "$dir/ca-cert.pem" \
		-CAkey "$dir/ca-key.pem" -CAcreateserial -days 30 \
		-extfile "$dir/names" -out "$dir/server-cert.pem" 2>/dev/null
}

serve_tls() { # NAME
	server_start "$IMAGE" --tls=require "--tls-certificates=$EVG_TMP/$1"
}

command -v openssl >/dev/null || skip "openssl is not installed"
echo "$FAR right.test" >>/etc/hosts
make_authority good right.test
make_authority other wrong.test
make_authority unknown right.test
cp "$EVG_TMP/good/ca-cert.pem" "$EVG_TMP/ca-cert.pem"
mkdir "$EVG_TMP/trust"
cat "$EVG_TMP/good/ca-cert.pem" "$EVG_TMP/other/ca-cert.pem" \
	>"$EVG_TMP/trust/ca-cert.pem"
uri="nbds://right.test/?tls-certificates=$EVG_TMP/trust"

for name in other unknown; do
	serve_tls $name
	refused 1 "evergreen" evergreen attach --cache "$CACHES/a" "$uri"
	sed 's/^/  /' "$EVG_TMP/refusal"
	server_stop
done

serve_tls good
attach --grace 0 --cache "$CACHES/a" "$uri"
check_read -d -n 524288 "/dev/$disk"
server_stop
wait_state "$disk" offline
: >"$HELPER_LOG"
serve_tls other
wait_for 15 "the helper to try it" grep -qi certificate "$HELPER_LOG"
expect_eq "link_state at a wrong certificate" "$(value "$disk" link_state)" offline
check_read -d -n 524288 "/dev/$disk"
server_stop
serve_tls good
wait_state "$disk" online
check_read "/dev/$disk"
