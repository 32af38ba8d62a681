#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# nbds: a certificate of another name, of an unknown authority, of the past, or of
# its own is refused, at the first connection and at the next; the right one serves.
# Where no authority is named, the system's store is asked, and never nobody.
# shellcheck source=test/scenarios/lib.sh
. "$EVG_REPO/test/scenarios/lib.sh"

setup 1
server_stop

# An authority NAME, and a certificate of it for the host name HOST.
make_authority() { # NAME HOST [DAYS]
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
		-CAkey "$dir/ca-key.pem" -CAcreateserial -days "${3:-30}" \
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
make_authority past right.test -1
mkdir "$EVG_TMP/own"
cp "$EVG_TMP/good/"* "$EVG_TMP/own"
openssl req -x509 -new -key "$EVG_TMP/own/server-key.pem" -subj /CN=right.test \
	-addext subjectAltName=DNS:right.test -days 30 -out "$EVG_TMP/own/server-cert.pem"
cp "$EVG_TMP/good/ca-cert.pem" "$EVG_TMP/ca-cert.pem"
mkdir "$EVG_TMP/trust"
cat "$EVG_TMP"/{good,other,past}/ca-cert.pem >"$EVG_TMP/trust/ca-cert.pem"
uri="nbds://right.test/?tls-certificates=$EVG_TMP/trust"

for name in other unknown past own; do
	serve_tls $name
	refused 1 "certificate is not accepted" evergreen attach --cache "$CACHES/a" "$uri"
	[ ! -e "$CACHES/a" ] || fail "$name: a cache was made"
	server_stop
done

say "no authority is named"
serve_tls good
refused 1 "certificate is not accepted" evergreen attach --cache "$CACHES/a" nbds://right.test/
refused 1 "has no ca-cert.pem" evergreen attach --cache "$CACHES/a" \
	"nbds://right.test/?tls-certificates=$EVG_TMP/none"
refused 1 "always checked" evergreen attach --cache "$CACHES/a" "$uri&TLS-Verify-Peer=false"
refused 1 "has no name" evergreen attach --cache "$CACHES/a" "nbds+unix:///?socket=/run/none"
cat "$EVG_TMP/good/ca-cert.pem" >>/etc/ssl/certs/ca-certificates.crt
attach --cache "$CACHES/a" nbds://right.test/
detach "$disk"
server_stop
serve_tls other
refused 1 "certificate is not accepted" evergreen attach --cache "$CACHES/b" nbds://right.test/
server_stop

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
