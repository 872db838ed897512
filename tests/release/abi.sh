#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# abi.sh BUILD [--write]
#
# Compares the ABI of libgstpose-1.0 with that of the release before, libgstpose-1.0.abi beside this file:
# what was there has to be there as it was, and more may come. --write makes the file of what is there
# now, as the last step of a release does (docs/releases.md). The library is built once more, with
# debugging symbols, in BUILD/abi.

set -euo pipefail
build=$1
here=$(cd -- "$(dirname -- "$0")" && pwd)
root=$here/../..
base=$here/libgstpose-1.0.abi

for tool in abidw abidiff; do
  command -v "$tool" >/dev/null || {
    echo "$tool is not installed: apt-get install abigail-tools"
    exit 77
  }
done

[ "$(uname -m)" = x86_64 ] || {
  echo "the ABI to compare with is that of x86_64"
  exit 77
}

own=$build/abi
[ -f "$own/build.ninja" ] || meson setup --buildtype=debugoptimized -Dtests=disabled -Dbenchmarks=disabled \
  -Dintrospection=disabled -Dexamples=disabled -Ddocs=disabled -Dmqtt=disabled -Dkafka=disabled \
  -Donnxruntime=disabled "$own" "$root" >/dev/null
meson compile -C "$own" gstpose-1.0 >"$own/compile.log" 2>&1 || {
  cat -- "$own/compile.log"
  exit 1
}
library=$(find "$own/gst/pose" -name "libgstpose-1.0.so.*.*" -type f -print -quit)

if [ "${2:-}" = --write ]; then
  abidw --exported-interfaces-only --no-corpus-path --no-comp-dir-path --short-locs --out-file "$base" "$library"
  echo "wrote $base"
  exit 0
fi
[ -f "$base" ] || {
  echo "there is no $base to compare with: $0 $build --write makes it"
  exit 1
}
# The status has bits: 1 an error, 2 a usage error, 4 some change, 8 an incompatible one.
status=0
abidiff --exported-interfaces-only --suppressions "$here/public-types.suppr" --no-added-syms "$base" "$library" || status=$?
[ "$status" = 0 ] || {
  echo "the ABI of libgstpose-1.0 is not what it was (abidiff: $status): take the change back, or make" \
    "another library of another name (docs/releases.md)"
  exit 1
}
echo "the ABI of libgstpose-1.0 is that of the release before, or more"
