#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# compare.sh FOLDER FOLDER
#
# Fails unless both folders hold the same packages, bit for bit; says which files in them differ. Packages
# of debugging symbols are not compared: what they are made of is what is compared, by its build ids.

set -euo pipefail
first=$1 second=$2
differ=no

# contents PACKAGE FOLDER: its files, unpacked, and a list of them with what cmp does not see.
contents() {
  mkdir -p -- "$2"
  dpkg-deb --raw-extract "$1" "$2/files"
  dpkg-deb --contents "$1" >"$2/list"
}

packages() { find "$1" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -printf '%P\n' | sort; }

diff <(packages "$first") <(packages "$second") || differ=yes
for file in $(packages "$first"); do
  file=$first/$file
  name=${file##*/}
  ! cmp --silent "$file" "$second/$name" || continue
  differ=yes
  printf '%s differs:\n' "$name"
  scratch=$(mktemp -d)
  contents "$file" "$scratch/first"
  contents "$second/$name" "$scratch/second"
  diff -r "$scratch/first" "$scratch/second" || true
  rm -rf -- "$scratch"
done
[ "$differ" = no ] && printf '%s packages are the same\n' "$(packages "$first" | wc -l)"
