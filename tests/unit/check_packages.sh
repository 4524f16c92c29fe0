#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
# check_packages.sh SOURCE PROGRAM: every library that the program names comes with a package of the
# group `run`, which is what the image for docker installs. What is part of every Debian, or of the
# sanitizers, is left out.
set -eu

source=$1
program=$2
command -v dpkg-query >/dev/null || exit 77

listed=$(sed -n '/<<.LIST.$/,/^LIST$/s/^run  *\([^ ]*\).*/\1/p' "$source/script/packages" | tr '|' '\n')
libraries=$(objdump -p "$program" | awk '$1 == "NEEDED" { print $2 }' |
	grep -vE '^(libc\.so|libm\.so|libgcc_s|lib[a-z]*san\.so)')
files=$(ldd "$program" | awk -v wanted="$libraries" 'index("\n" wanted "\n", "\n" $1 "\n") { print $3 }')
set --
for file in $files; do
	set -- "$@" "*/$(basename "$(realpath "$file")")"
done
[ $# -gt 5 ]

bad=0
for package in $(dpkg-query -S "$@" | cut -d: -f1 | sort -u); do
	echo "$listed" | grep -qxF "$package" && continue
	echo "$package is not in the group run of script/packages" >&2
	bad=1
done
[ "$bad" = 0 ]
