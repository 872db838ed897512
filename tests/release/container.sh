#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# container.sh BASE
#
# Builds pipelines/Containerfile with buildah, and uses the image as docs/releases.md tells a user to. What
# a registry has as debian:trixie-slim is here made of BASE, a bare root of that release. As root; nothing
# stays. For `tests/releases.sh --container trixie`. The last line sums up: passed, failed, skipped.

set -euo pipefail
base=$1
# shellcheck source=SCRIPTDIR/../lib/steps.sh
. "$(dirname -- "$0")/../lib/steps.sh"
root=$(cd -- "$(dirname -- "$0")/../.." && pwd)
work=$(mktemp -d)

image() { buildah --root "$work/storage" --runroot "$work/run" "$@"; }

# Layers may be mounted still.
clean_up() {
  image rm --all >/dev/null 2>&1 || true
  umount --recursive -- "$work/storage/overlay" 2>/dev/null || true
  rm -rf --one-file-system -- "$work"
}
trap clean_up EXIT

make_base_image() {
  local container
  container=$(image from scratch)
  cp -a -- "$base/." "$(image mount "$container")/"
  image commit --quiet --rm "$container" docker.io/library/debian:trixie-slim
}

# run COMMAND…: what `podman run --rm gst-pose COMMAND…` does.
run() {
  local container
  container=$(image from --pull-never localhost/gst-pose)
  image run --isolation chroot --user pose "$container" -- "$@"
}

build() {
  git -C "$root" archive --format tar HEAD | tar -x -C "$1"
  image build --isolation chroot --pull-never -f "$1/pipelines/Containerfile" -t gst-pose "$1"
}

elements_are_there() {
  local element
  for element in poseestimate poseoverlay posejson posepublish; do
    run gst-inspect-1.0 "$element" | grep -E '^ +Version' || return 1
  done
}

# More than 0 frames of a test picture; without a network posecam records, and says that it has none.
posecam_records() {
  run sh -c 'posecam --version && posecam --output recordings --duration 3 test; ls -l recordings/*'
}

has_no_root() { [ "$(run id -u)" != 0 ]; }

mkdir -- "$work/tree"
step "the base image" make_base_image
step "the image is built" build "$work/tree"
step "it has the elements" elements_are_there
step "posecam runs in it" posecam_records
step "its user is not root" has_no_root
printf '\nimage: %s\n' "$(image images --format '{{.Name}} {{.Size}}' | grep gst-pose)"
sum_up
