#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# build.sh TREE FOLDER first|second|older
#
# Builds Debian's packages of TREE into FOLDER/first, FOLDER/second or FOLDER/older, in a root of a
# release; for `tests/releases.sh --packages`. What the build needs is installed before, and the build
# itself is without a network. `first` makes the source package too, with ccache and its tests.
# `second` builds from that source, with README's command, what has to be the same, bit for bit, under
# other circumstances: no ccache, no tests, another folder, time zone, language and umask. `older` are the packages of the
# first build with a lower version.

set -euo pipefail
tree=$1 folder=$2 what=$3
here=$(cd -- "$(dirname -- "$0")" && pwd)
# shellcheck source=SCRIPTDIR/source.sh
. "$here/source.sh"

# install_build_dependencies SOURCE
install_build_dependencies() {
  # The root's apt has this machine's settings: they stay when a package brings its own.
  local apt=(apt-get -qq -o Dpkg::Options::=--force-confold)
  apt-get -qq update
  "${apt[@]}" install -y --no-install-recommends build-essential ca-certificates ccache git iproute2 lintian
  "${apt[@]}" build-dep -y --no-install-recommends "$1"
}

# offline COMMAND…: without a network but the loopback interface, as on Debian's own builders.
# shellcheck disable=SC2016 # the inner shell expands it
offline() { unshare --net -- sh -euc 'ip link set lo up && exec "$@"' offline "$@"; }

# readme_command WORD: the line of README's first block of shell below "Install" that has the word.
readme_command() {
  awk -v word="$1" '/^## / { here = $2 == "Install" } here && /^```sh/ { n++ } here && n == 1 && index($0, word)' "$tree/README.md"
}

# rebuild FILE VERSION: the package with another version, everything else as it was.
rebuild() {
  local contents
  contents=$(mktemp -d)
  dpkg-deb --raw-extract "$1" "$contents"
  sed -i -e "s/$2/$3/g" "$contents/DEBIAN/control"
  dpkg-deb --root-owner-group --build "$contents" "$4" >/dev/null
  rm -rf -- "$contents"
}

rm -rf -- "${folder:?}/$what"
mkdir -p -- "$folder/$what"
cd -- "$folder/$what"
case $what in
first)
  install_build_dependencies "$tree" >/dev/null
  make_source "$tree" "$folder/first"
  export PATH=/usr/lib/ccache:$PATH CCACHE_BASEDIR=$PWD
  cd -- "$source_name-$source_version"
  offline dpkg-buildpackage --no-sign
  ;;
second)
  dpkg-source --no-check -x "$folder"/first/*.dsc "$PWD/another-folder" >/dev/null
  command=$(readme_command dpkg-buildpackage)
  printf '$ %s\n' "$command"
  export CCACHE_DISABLE=1 TZ=Asia/Kathmandu LC_ALL=C LANGUAGE=de HOME=/nonexistent
  umask 027
  cd -- 'another-folder'
  offline sh -euc "$command"
  ;;
older)
  version=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)
  for file in "$folder"/first/*.deb; do
    rebuild "$file" "$version" "$version~older" "$PWD"
  done
  ;;
*)
  echo "build.sh builds first, second or older, not '$what'" >&2
  exit 2
  ;;
esac
