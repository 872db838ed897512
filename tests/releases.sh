#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# releases.sh [OPTION…] [RELEASE…] [-- MESON-TEST-OPTION…]
#
# Builds this tree in a root of each Debian release named (bookworm, trixie, forky, experimental; all of
# them when none is), and runs the tests in it: every suite, or what the options of `meson test` select.
# Roots are made through debootstrap, as root or with sudo, and kept under the cache folder beside what
# was compiled (GST_POSE_ROOTS, else $XDG_CACHE_HOME/gst-pose/releases); packages that come later are
# added. A root is entered in a mount namespace of its own, so that nothing stays mounted. The last
# line sums up the tests of all releases: passed, failed, skipped.
#
#   --build-only  no tests
#   --container   pipelines/Containerfile instead, built with buildah on a bare root of trixie
#   --demo        how long pipelines/demo.sh takes instead, in a bare root of each release
#   --dist        tests/run.sh in the tarball of a release instead, in a bare root of each release
#   --packages    Debian's packages in debian/ instead: built twice, linted, installed into a bare root,
#                 used, upgraded and purged
#   --readme      what README.md and docs/ tell a user to type instead, in a bare root of each release;
#                 after --, patterns of the names of steps that are enough, such as 'docs/*'
#   --shell       a shell in the root instead, with the tree at /src/tree
#   --remake      makes the roots anew

set -euo pipefail
# shellcheck source=SCRIPTDIR/../pipelines/lib/setup.sh
. "$(dirname -- "$0")/../pipelines/lib/setup.sh"
# shellcheck source=SCRIPTDIR/lib/steps.sh
. "$root/tests/lib/steps.sh"
# shellcheck source=SCRIPTDIR/packages/packages.sh
. "$root/tests/packages/packages.sh"

known=(bookworm trixie forky experimental)
action='test'
remake=no
releases=()
while [ "$#" -gt 0 ]; do
  case $1 in
  -h | --help)
    awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
    exit 0
    ;;
  --build-only) action=build ;;
  --container) action=container ;;
  --demo) action=demo ;;
  --dist) action='dist' ;;
  --readme) action=readme ;;
  --packages) action=packages ;;
  --shell) action=shell ;;
  --remake) remake=yes ;;
  --)
    shift
    break
    ;;
  -*) fail "there is no option $1; --help lists those there are" ;;
  *)
    [[ " ${known[*]} " == *" $1 "* ]] || fail "there is no release '$1' here, only: ${known[*]}"
    releases+=("$1")
    ;;
  esac
  shift
done
[ "${#releases[@]}" -gt 0 ] || releases=("${known[@]}")
test_options=("$@")

cache=${GST_POSE_ROOTS:-${XDG_CACHE_HOME:-$HOME/.cache}/gst-pose/releases}
data=${GST_POSE_TEST_DATA:-$root/../shared}
mirror=$(grep -hm1 -oP '^(URIs:|deb) +\K\S+' /etc/apt/sources.list.d/debian.sources \
  /etc/apt/sources.list 2>/dev/null | head -n 1) || true
mirror=${mirror:-http://deb.debian.org/debian}

# suites RELEASE: what its apt looks into.
suites() {
  case $1 in
  experimental) printf 'forky\nsid\nexperimental\n' ;;
  *) printf '%s\n' "$1" ;;
  esac
}

# write_apt ROOT RELEASE: the release's sources, and how this machine's apt reaches them.
write_apt() {
  local folder=$1/etc/apt suite
  suites "$2" | while read -r suite; do
    printf 'deb %s %s main\n' "$mirror" "$suite"
  done | as_root tee "$folder/sources.list" >/dev/null
  find /etc/apt/apt.conf.d -type f -exec grep -lE '^ *Acquire' {} + |
    while read -r file; do as_root cp -- "$file" "$folder/apt.conf.d/"; done
  [ "$2" != experimental ] || as_root tee "$folder/preferences.d/experimental" >/dev/null <<'END'
Package: src:gstreamer1.0 src:gst-plugins-base1.0 src:gst-plugins-good1.0 src:gst-plugins-bad1.0 src:gst-plugins-ugly1.0 src:gst-rtsp-server1.0 src:opencv
Pin: release a=experimental
Pin-Priority: 990
END
  # Such a root is made anew in minutes: it need not survive a loss of power.
  echo force-unsafe-io | as_root tee "$1/etc/dpkg/dpkg.cfg.d/unsafe-io" >/dev/null
  as_root cp -- /etc/resolv.conf /etc/hosts "$1/etc/"
}

# write_network ROOT: how this machine reaches the rest of the network: its own certificates, and where
# npm looks.
write_network() {
  local folder=usr/local/share/ca-certificates settings
  as_root mkdir -p -- "$1/$folder"
  find "/$folder" -name '*.crt' 2>/dev/null | while read -r file; do
    as_root cp -- "$file" "$1/$folder/"
  done
  settings=$(grep -hE '^ *(registry|cafile|(https?-)?proxy) *=' ~/.npmrc 2>/dev/null) || true
  [ -z "$settings" ] || as_root tee "$1/root/.npmrc" "$1/etc/skel/.npmrc" <<<"$settings" >/dev/null
}

# make_base RELEASE: a root with nothing but the base system.
make_base() {
  local release=$1 base=$cache/base-$1 script=$1
  [ "$remake" = no ] || as_root rm -rf --one-file-system -- "$base"
  [ ! -d "$base" ] || return 0
  say "Making a root of $release in $base"
  has_program debootstrap || apt install -y --no-install-recommends debootstrap >/dev/null ||
    fail "debootstrap could not be installed"
  case $release in
  # What debootstrap does not know yet is made as sid is.
  forky | experimental)
    release=forky
    [ -e /usr/share/debootstrap/scripts/forky ] && script=forky || script=sid
    ;;
  esac
  as_root rm -rf --one-file-system -- "$base.part"
  as_root mkdir -p -- "$cache"
  as_root debootstrap --variant=minbase "$release" "$base.part" "$mirror" \
    "/usr/share/debootstrap/scripts/$script" >"$base.log" 2>&1 || {
    tail -n 20 -- "$base.log" >&2
    fail "debootstrap could not make a root of $1"
  }
  write_apt "$base.part" "$1"
  as_root mv -- "$base.part" "$base"
  as_root rm -f -- "$base.log"
}

# make_root RELEASE: the root that is kept, in which packages are installed.
make_root() {
  [ "$remake" = no ] || as_root rm -rf --one-file-system -- "$cache/$1"
  [ ! -d "$cache/$1" ] || return 0
  make_base "$1"
  as_root rm -rf --one-file-system -- "$cache/$1.part"
  as_root cp -a -- "$cache/base-$1" "$cache/$1.part"
  as_root mv -- "$cache/$1.part" "$cache/$1"
}

# inside RELEASE ROOT COMMAND…: runs it there as root, with this tree read-only at /src/tree, the test
# data beside it, and folders for what is built and compiled that outlive the root.
inside() {
  local release=$1 to=$2
  shift 2
  as_root mkdir -p -- "$to/src/tree" "$to/src/shared" "$to/build" "$to/ccache" \
    "$cache/build-$release" "$cache/ccache-$release"
  # shellcheck disable=SC2016 # the inner shell expands these
  as_root unshare --mount --propagation private -- bash -euc '
    to=$1 tree=$2 data=$3 build=$4 ccache=$5
    shift 5
    mount -t proc proc "$to/proc"
    mount --rbind /sys "$to/sys"
    mount --rbind /dev "$to/dev"
    mount --bind "$tree" "$to/src/tree"
    mount -o remount,bind,ro "$to/src/tree"
    if [ -d "$data" ]; then
      mount --bind "$data" "$to/src/shared"
      mount -o remount,bind,ro "$to/src/shared"
    fi
    mount --bind "$build" "$to/build"
    mount --bind "$ccache" "$to/ccache"
    exec chroot "$to" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 \
      DEBIAN_FRONTEND=noninteractive GST_POSE_BUILD=/build CCACHE_DIR=/ccache PYTHONDONTWRITEBYTECODE=1 \
      ${TERM:+TERM="$TERM"} ${POSE_TEST_NETWORK:+POSE_TEST_NETWORK="$POSE_TEST_NETWORK"} "$@"' \
    inside "$to" "$root" "$data" "$cache/build-$release" "$cache/ccache-$release" "$@"
}

# versions RELEASE ROOT: what it holds, for people.
versions() {
  # shellcheck disable=SC2016
  inside "$1" "$2" bash -c '
    version() { dpkg-query -W -f="\${Version}" "$1" 2>/dev/null | sed "s/[-+].*//"; }
    printf "GStreamer %s, OpenCV %s, g++ %s\n" "$(version libgstreamer1.0-dev)" \
      "$(version libopencv-core-dev)" "$(g++ -dumpfullversion)"'
}

lines=()
tarball=

# add_up RELEASE LOG STATUS: takes the counts from the last line of a log.
add_up() {
  add_counts "$2" "$3"
  lines+=("$1: ${counts[0]} passed, ${counts[1]} failed, ${counts[2]} skipped")
}

# test_release RELEASE
test_release() {
  local release=$1 to=$cache/$1 status=0
  local -a options=("${test_options[@]}")
  [ "${#options[@]}" -gt 0 ] || options=(--all)
  make_root "$release"
  inside "$release" "$to" bash -c 'command -v ccache >/dev/null ||
    { apt-get -qq update && apt-get -qq install -y --no-install-recommends ccache; } >/dev/null 2>&1' ||
    fail "nothing can be installed in the root of $release"
  case $action in
  shell)
    inside "$release" "$to" bash -c 'cd /src/tree && exec bash -i' || true
    return 0
    ;;
  build)
    # shellcheck disable=SC2016
    inside "$release" "$to" bash -euc '. /src/tree/pipelines/lib/setup.sh
      install_missing build net run demo fetch docs test
      configure "${full_options[@]}"
      build_targets' || status=$?
    if [ "$status" = 0 ]; then passed=$((passed + 1)); else failed=$((failed + 1)); fi
    lines+=("$release ($(versions "$release" "$to")): $([ "$status" = 0 ] && echo built || echo "not built")")
    return 0
    ;;
  esac
  inside "$release" "$to" /src/tree/tests/run.sh "${options[@]}" 2>&1 | tee "$log" || status=$?
  add_up "$release ($(versions "$release" "$to"))" "$log" "$status"
}

# bare_release RELEASE SCRIPT NAME ARGUMENT…: runs a script of the folder tests in a root that nothing was installed in,
# and that is thrown away.
bare_release() {
  local release=$1 bare=$cache/bare-$1 status=0
  make_base "$release"
  as_root rm -rf --one-file-system -- "$bare"
  as_root cp -a -- "$cache/base-$release" "$bare"
  write_network "$bare"
  [ ! -f "$tarball" ] || as_root cp -- "$tarball" "$bare/"
  inside "$release" "$bare" bash "/src/tree/tests/$2" "${@:4}" 2>&1 | tee "$log" || status=$?
  as_root rm -rf --one-file-system -- "$bare"
  add_up "$release, $3" "$log" "$status"
}

# make_tarball: that of this tree's commit, as a release has it; leaves its path in `tarball`.
make_tarball() {
  install_missing build
  [ -f "$build/build.ninja" ] || configure
  meson dist -C "$build" --no-tests --allow-dirty --formats xztar >"$log" 2>&1 || {
    cat -- "$log" >&2
    fail "meson dist failed"
  }
  tarball=$build/meson-dist/gst-pose-$(sed -nE "s/^  version : '(.*)',$/\1/p" "$root/meson.build" | head -n 1).tar.xz
  [ -f "$tarball" ] || fail "meson dist did not make $tarball"
}

# container_release RELEASE
container_release() {
  local status=0
  [ "$1" = trixie ] || fail "the container is one of trixie"
  make_base "$1"
  has_program buildah || apt install -y --no-install-recommends buildah crun >/dev/null ||
    fail "buildah could not be installed"
  as_root "$root/tests/release/container.sh" "$cache/base-$1" 2>&1 | tee "$log" || status=$?
  add_up "$1, the container" "$log" "$status"
}

log=$(mktemp)
trap 'rm -f -- "$log"' EXIT
for release in "${releases[@]}"; do
  say "=== $release"
  case $action in
  container) container_release "$release" ;;
  demo) bare_release "$release" readme/first_picture.sh "the demo" /src/tree ;;
  dist)
    [ -n "$tarball" ] || make_tarball
    bare_release "$release" release/dist.sh "the tarball" "/$(basename -- "$tarball")"
    ;;
  packages) packages_release "$release" ;;
  readme) bare_release "$release" readme/user.sh "README.md and docs" /src/tree "${test_options[@]}" ;;
  *) test_release "$release" ;;
  esac
done
[ "${#lines[@]}" = 0 ] || printf '%s\n' "" "${lines[@]}"
sum_up
