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

# counted_step NAME COMMAND…: of what counts its own steps in its last line.
counted_step() {
  local name=$1 status=0
  shift
  printf '\n=== %s\n' "$name"
  "$@" 2>&1 | tee "$log" || status=$?
  add_counts "$log" "$status"
}

# packages_release RELEASE
packages_release() {
  local release=$1 here=/src/tree/tests/packages
  local before=("$passed" "$failed" "$skipped")
  [ "$remake" = no ] || remove_root "packages-$release"
  remove_root "packages-$release-bare"
  step "source and packages are built, and tested, without a network" \
    in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages first
  if [ "$failed" = "${before[1]}" ]; then
    step "built again under other circumstances without a network" \
      in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages second
    step "both builds are the same, bit for bit" \
      in_root "packages-$release" "$release" bash "$here/compare.sh" /build/packages/first /build/packages/second
    step "lintian has nothing to say" \
      in_root "packages-$release" "$release" bash "$here/lint.sh" /build/packages/first
    step "packages of a lower version" \
      in_root "packages-$release" "$release" bash "$here/build.sh" /src/tree /build/packages older
    counted_step "install, upgrade, remove and purge" \
      in_root "packages-$release-bare" "$release" bash "$here/lifecycle.sh" /src/tree /build/packages
    remove_root "packages-$release-bare"
    counted_step "installed into a bare root" \
      in_root "packages-$release-bare" "$release" bash "$here/user.sh" /src/tree /build/packages
    remove_root "packages-$release-bare"
  fi
  lines+=("$release, packages: $((passed - before[0])) passed, $((failed - before[1])) failed, $((skipped - before[2])) skipped")
}
