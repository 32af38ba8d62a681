#!/bin/sh
# SPDX-License-Identifier: GPL-2.0
# The netlink spec and the uapi header name the same things by the same numbers.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
spec=$root/Documentation/netlink/specs/evergreen.yaml
header=$root/include/uapi/linux/evergreen.h
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# NAME VALUE for each constant, entry, attribute and command of the spec, and
# NAME TYPE in a second file for each attribute.
awk -v types="$work/spec.types" '
function c_name(text) { gsub(/-/, "_", text); return toupper(text) }
/^[a-z]/ { section = $1; prefix = ""; n = (section == "operations:") }
section == "definitions:" && /^    name:/ { name = $2; n = 0 }
section == "definitions:" && /^    value:/ { print c_name("evg-" name), $2 }
section == "attribute-sets:" && /^    name:/ { prefix = ""; n = 1 }
/^  (  )?name-prefix:/ { prefix = $2 }
section != "operations:" && prefix && /^        name:/ {
	name = c_name(prefix $2)
	print name, n++
}
section == "attribute-sets:" && prefix && /^        type:/ && $2 != "pad" {
	print name, $2 > types
}
section == "operations:" && /^      name:/ { print c_name(prefix $2), n++ }
' "$spec" | sort >"$work/spec"

# The same of the header: the names by its text, the values by the compiler.
# UNSPEC and __MAX are of C alone, unless the spec has them too.
sed -n 's/^\t\(EVG_[A-Z0-9_]*\)[ \t]*[,=].*/\1/p' "$header" |
	grep -v -e '^EVG_CMD_UNSPEC$' -e '^EVG_[AS]_UNSPEC$' >"$work/names"
{
	printf '#include <stdio.h>\n#include <linux/evergreen.h>\n'
	printf 'int main(void)\n{\n'
	sed 's/.*/\tprintf("& %d\\n", (int)&);/' "$work/names"
	printf '\treturn 0;\n}\n'
} >"$work/values.c"
${CC:-cc} -I"$root/include/uapi" -o "$work/values" "$work/values.c"
"$work/values" | sort >"$work/header"
sed -n '/^enum evg_attr/,/^}/s/^\t\(EVG_A_[A-Z_]*\),.*\/\* \([a-z0-9]*\).*/\1 \2/p
	/^enum evg_stat/,/^}/s/^\t\(EVG_S_[A-Z_]*\),.*/\1 u64/p' "$header" |
	sed -e '/_UNSPEC /d' -e '/_PAD /d' -e 's/ nested$/ nest/' |
	sort >"$work/header.types"
sort -o "$work/spec.types" "$work/spec.types"

# The family's own names.
sed -n -e 's/^name: /NAME /p' -e 's/^version: /VERSION /p' \
	-e '/^mcast-groups/,$s/^      name: /GROUP /p' "$spec" >"$work/spec.family"
sed -n -e 's/^#define EVG_GENL_NAME[ \t]*"\(.*\)"/NAME \1/p' \
	-e 's/^#define EVG_GENL_VERSION[ \t]*/VERSION /p' \
	-e 's/^#define EVG_MCGRP_EVENTS[ \t]*"\(.*\)"/GROUP \1/p' \
	"$header" >"$work/header.family"

status=0
test_number=0
same() {
	test_number=$((test_number + 1))
	if [ -s "$work/spec$2" ] && diff "$work/spec$2" "$work/header$2" >"$work/diff"; then
		echo "ok $test_number - $1"
	else
		status=1
		echo "not ok $test_number - $1 (< spec, > header)"
		sed 's/^/# /' "$work/diff"
	fi
}

echo 1..3
same "names and values: $(wc -l <"$work/spec") of them" ""
same "types of attributes: $(wc -l <"$work/spec.types") of them" .types
same "family, version and group" .family
exit $status
