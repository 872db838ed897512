# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # variables of releases.sh, which sources this
# The packages in debian/, in roots of a release: built twice and compared, linted, installed into a
# bare root, used, upgraded and purged. Each script of this folder runs in a root.

# in_root NAME RELEASE COMMAND…: in a root that is made of the bare one where it is not there.
in_root() {
  local to=$cache/$1 release=$2
  shift 2
  if [ ! -d "$to" ]; then
    make_base "$release"
    as_root rm -rf --one-file-system -- "$to.part"
    as_root cp -a -- "$cache/base-$release" "$to.part"
    as_root mv -- "$to.part" "$to"
  fi
  inside "$release" "$to" "$@"
}

# remove_root NAME
remove_root() { as_root rm -rf --one-file-system -- "${cache:?}/$1"; }

# check NAME COMMAND…: one step of a release.
check() {
  local name=$1
  shift
  say "--- $name"
  if "$@"; then
    p=$((p + 1))
  else
    f=$((f + 1))
    say "FAILED: $name"
  fi
}

# check_counts NAME COMMAND…: the same, for what counts its own steps in its last line.
check_counts() {
  local name=$1 status=0 counts a b c
  shift
  say "--- $name"
  "$@" 2>&1 | tee "$log" || status=$?
  counts=$(tail -n 1 -- "$log" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
  read -r a b c <<<"${counts:-0 1 0}"
  [ "$status" = 0 ] || [ "$b" != 0 ] || b=1
  p=$((p + a)) f=$((f + b)) s=$((s + c))
}

# packages_release RELEASE
packages_release() {
  local release=$1 here=/src/tree/tests/packages p=0 f=0 s=0
  [ "$remake" = no ] || remove_root "packages-$release"
  remove_root "packages-$release-bare"
  check "source and packages are built, and tested, without a network" \
    in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages first
  if [ "$f" = 0 ]; then
    check "built again under other circumstances without a network" \
      in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages second
    check "both builds are the same, bit for bit" \
      in_root "packages-$release" "$release" bash "$here/compare.sh" /build/packages/first /build/packages/second
    check "lintian has nothing to say" \
      in_root "packages-$release" "$release" bash "$here/lint.sh" /build/packages/first
    check "packages of a lower version" \
      in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages older
    check_counts "install, upgrade, remove and purge" \
      in_root "packages-$release-bare" "$release" bash "$here/lifecycle.sh" /src/tree /build/packages
    remove_root "packages-$release-bare"
    check_counts "installed into a bare root" \
      in_root "packages-$release-bare" "$release" bash "$here/user.sh" /src/tree /build/packages
    remove_root "packages-$release-bare"
  fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  lines+=("$release, packages: $p passed, $f failed, $s skipped")
}
