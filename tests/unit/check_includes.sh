#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
# The floors hold: a module includes only headers of modules it names in CMakeLists.txt, nothing from
# another's folder, and each external library is known to one module alone.
#
#   check_includes.sh [SOURCE_DIR]      prints every line that breaks a rule; fails if there is one
#   check_includes.sh --self-test       shows that each kind of breach is found
set -u

# Reads CMakeLists.txt, then "file:line:#include <header>" for all sources.
rules='
# header as an extended regular expression, and the module that alone knows it
BEGIN {
	only["^sqlite3(ext)?[.]h$"] = "db"
	only["(^|/)vips/"] = "render"
	only["(^|/)cairo"] = "render"
	only["(^|/)pango"] = "render"
	only["(^|/)fontconfig/"] = "render"
	only["^lcms2(_plugin)?[.]h$"] = "render"
	only["(^|/)libxml/"] = "xml"
	only["^openssl/"] = "crypto"
	only["^curl/"] = "fetch"
	only["^microhttpd[.]h$"] = "http"
	only["^(zlib|zconf)[.]h$"] = "http"
	only["^jansson[.]h$"] = "rest"
	only["^seccomp[.]h$"] = "pool"
	only["^(stdsoap2|soapH|soapStub)[.]h$"] = "soap"
}

# openips_module(name [USES module...] [LIBRARIES target...])
FILENAME == cmake {
	if (!match($0, /^openips_module\([a-z0-9]+/)) next
	name = substr($0, 16, RLENGTH - 15)
	count++
	sub(/^[^ )]*/, ""); sub(/\).*/, ""); sub(/LIBRARIES.*/, ""); sub(/USES/, "")
	uses[name] = " " name " " $0 " "
	gsub(/ +/, " ", uses[name])
	next
}

function breach(why) {
	print where ": " why
}

# x.h and x_more.h belong to module x, a table x.def to the module whose header spells it out
function owner_of(header,    name) {
	name = header
	sub(/.*\//, "", name)
	if (name in table_owner) return table_owner[name]
	sub(/[.].*/, "", name)
	if (name in uses) return name
	sub(/_.*/, "", name)
	return name
}

{
	file = $0; sub(/:.*/, "", file)
	rest = substr($0, length(file) + 2)
	line = rest; sub(/:.*/, "", line)
	header = rest; sub(/^[^<"]*[<"]/, "", header); sub(/[>"].*/, "", header)
	path = substr(file, length(root) + 2)
	where = path ":" line
	if (header == path) next
	public = path ~ /^include\//
	if (public && header ~ /[.]def$/) {
		name = header; sub(/.*\//, "", name)
		table_owner[name] = owner_of(path)
	}
	split(path, parts, "/")
	module = public ? owner_of(path) : parts[3] == "" ? "app" : parts[2]

	if (!(module in uses)) {
		breach("there is no openips_module(" module ") in CMakeLists.txt")
		next
	}
	for (library in only)
		if (header ~ library && (public || only[library] != module))
			breach(module " includes " header ", which only " only[library] " knows")
	if (header ~ /(^|\/)[.][.]\//)
		breach(module " reaches out of its folder for " header)
	else if (header ~ /^openips\// && index(uses[module], " " owner_of(header) " ") == 0)
		breach(module " includes " header " but does not name " owner_of(header))
}

END {
	if (count == 0) print cmake ": no modules found"
}
'

check() { # root
	found=$(mktemp) || exit 1
	# public headers first, as they say whose the tables are
	for folder in include src; do
		find "$1/$folder" -name '*.[ch]' -exec \
			grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*[<"]' {} +
	done > "$found"
	[ -s "$found" ] || echo "$1: no includes found"
	awk -v root="$1" -v cmake="$1/CMakeLists.txt" "$rules" "$1/CMakeLists.txt" "$found"
	rm "$found"
}

# A small house with one line in one file; what the check says of it must match.
expect() { # file, line, extended regular expression ("" for silence)
	mkdir -p "$(dirname "$house/$1")"
	echo "$2" > "$house/$1"
	said=$(check "$house")
	rm "$house/$1"
	if [ -z "$3" ]; then
		[ -z "$said" ] && return
	elif echo "$said" | grep -qE "^$1:1: $3"; then
		return
	fi
	echo "self-test: '$2' in $1: said '$said', not '$3'"
	exit 1
}

self_test() {
	house=$(mktemp -d) || exit 1
	trap 'rm -rf "$house"' EXIT
	mkdir -p "$house/include/openips" "$house/src"
	cat > "$house/CMakeLists.txt" <<-'END'
		openips_module(base)
		openips_module(crypto   USES base LIBRARIES PkgConfig::CRYPTO)
		openips_module(store    USES crypto base)
		openips_module(app      USES store crypto base)
	END
	echo '#include "openips/rows.def"' > "$house/include/openips/crypto.h"

	expect src/store/x.c '#include "openips/crypto.h"' ''
	expect src/store/x.c '#include "openips/store.h"' ''
	expect src/store/x.c '#include "openips/store_more.h"' ''
	expect src/store/x.c '#include "store_priv.h"' ''
	expect src/store/x.c '#include "openips/rows.def"' ''
	expect src/crypto/x.c '#include <openssl/evp.h>' ''
	expect src/store/x.c '// #include "openips/http.h"' ''
	expect src/main.c '#include "openips/store.h"' ''
	expect include/openips/store.h '#include "openips/crypto.h"' ''

	expect src/base/x.c '#include "openips/crypto.h"' 'base .* does not name crypto'
	expect src/base/x.c '#include "openips/rows.def"' 'base .* does not name crypto'
	expect src/crypto/x.c '#include <openips/store.h>' 'crypto .* does not name store'
	expect src/crypto/x.h '#include "openips/store_more.h"' 'crypto .* does not name store'
	expect src/crypto/x.c '  #  include "openips/store.h"' 'crypto .* does not name store'
	expect include/openips/base.h '#include "openips/crypto.h"' 'base .* does not name crypto'
	expect src/store/x.c '#include "../crypto/secret.h"' 'store reaches out of its folder'
	expect src/stranger/x.c '#include <string.h>' 'there is no openips_module.stranger.'

	expect src/store/x.c '#include <openssl/evp.h>' '.* which only crypto knows'
	expect src/app/x.c '#include <openssl/evp.h>' '.* which only crypto knows'
	expect src/main.c '#include <openssl/evp.h>' 'app .* which only crypto knows'
	expect include/openips/crypto_x.h '#include <openssl/evp.h>' '.* which only crypto knows'
	expect src/crypto/x.c '#include <sqlite3.h>' '.* which only db knows'
	expect src/crypto/x.c '#include <vips/vips.h>' '.* which only render knows'
	expect src/crypto/x.c '#include <cairo.h>' '.* which only render knows'
	expect src/crypto/x.c '#include <fontconfig/fontconfig.h>' '.* which only render knows'
	expect src/crypto/x.c '#include <pango/pangocairo.h>' '.* which only render knows'
	expect src/crypto/x.c '#include <libxml/parser.h>' '.* which only xml knows'
	expect src/crypto/x.c '#include <libxml2/libxml/parser.h>' '.* which only xml knows'
	expect src/crypto/x.c '#include <microhttpd.h>' '.* which only http knows'
	expect src/crypto/x.c '#include <zlib.h>' '.* which only http knows'
	expect src/crypto/x.c '#include <jansson.h>' '.* which only rest knows'
	expect src/crypto/x.c '#include "stdsoap2.h"' '.* which only soap knows'
	expect src/crypto/x.c '#include "soapH.h"' '.* which only soap knows'
}

case "${1:-}" in
--self-test) self_test ;;
*)
	breaches=$(check "${1:-$(dirname "$0")/../..}")
	[ -z "$breaches" ] && exit 0
	echo "$breaches"
	exit 1
	;;
esac
