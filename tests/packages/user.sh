#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# user.sh TREE FOLDER
#
# Installs the packages of FOLDER/first with what they recommend into a bare Debian, as README.md tells a
# user to, shows a video with README's first pipeline, and runs the packages' own tests (debian/tests) with
# autopkgtest. It changes the machine that it runs on. The last line sums up the steps: passed, failed,
# skipped.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../lib/steps.sh
. "$(dirname -- "$0")/../lib/steps.sh"
# shellcheck source=SCRIPTDIR/../lib/fresh_machine.sh
. "$(dirname -- "$0")/../lib/fresh_machine.sh"
tree=$1 folder=$2
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
work=$(mktemp -d)
chmod 755 "$work"

as_user() {
  (cd /home/user && runuser -u user -- env -i PATH=/usr/bin:/bin HOME=/home/user LANG=C.UTF-8 DISPLAY=":$screen_number" \
    sh -euc "$1") </dev/null
}

# installs: in a folder with the packages, and says what comes with them.
installs() {
  cd -- "$work/debs"
  apt-get -s install ./*.deb | awk '/^Inst/ { n++ } END { print n, "packages are installed" }'
  apt-get --print-uris -y install ./*.deb | awk '/^.http/ { bytes += $3 } END { printf "%.0f MB are downloaded\n", bytes / 1e6 }'
  "${apt[@]}" install ./*.deb >/dev/null
}

gets_a_network() {
  if [ -d /src/shared/models/ir ]; then
    gst-pose-models --system --from /src/shared/models/ir lightweight-coco
  else
    skip "the real network is not here, and one without weights in its place"
    (cd -- "$tree/tests/http" && python3 -B -c 'from pathlib import Path; import support
support.make_network(Path("/var/lib/gst-pose/models"))')
  fi
}

# first_pipeline: of README.md, with a video that is there.
first_pipeline() {
  awk '/^## Five pipelines/ { here = 1 } here && /^```/ { if (inside) exit; inside = 1; next } inside' "$tree/README.md" |
    sed "s#location=video.mp4#location=$work/video#"
}

gets_a_video() {
  if [ -f /src/shared/media/people.avi ]; then
    cp /src/shared/media/people.avi "$work/video"
  else
    gst-launch-1.0 -q videotestsrc num-buffers=25 ! jpegenc ! matroskamux ! filesink location="$work/video"
  fi
}

shows_a_video() {
  printf '$ %s\n' "$(first_pipeline)"
  fills_the_screen as_user "$(first_pipeline)"
}

finds_people() {
  as_user "gst-launch-1.0 -q filesrc location=$work/video ! decodebin ! videoconvert ! identity eos-after=5 \
    ! poseestimate ! posejson ! filesink location=/home/user/poses.jsonl"
  grep -c '"people":\[{' /home/user/poses.jsonl
}

# autopkgtests: each counts as a step.
autopkgtests() {
  local status=0 result
  "${apt[@]}" install --no-install-recommends autopkgtest >/dev/null
  autopkgtest --no-built-binaries --summary-file "$work/summary" "$work"/debs/*.deb "$folder"/first/*.dsc -- null || status=$?
  while read -r _ result _; do
    case $result in
    PASS) passed=$((passed + 1)) ;;
    SKIP) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
  done <"$work/summary"
  [ "$status" = 0 ]
}

mkdir "$work/debs"
find "$folder/first" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp -t "$work/debs" {} +
apt-get -qq update
make_user
step "apt-get install ./*.deb" installs
step "gst-pose-models --system gets a network" gets_a_network
gets_a_video
step "README's first pipeline shows a video" shows_a_video
step "and finds people" finds_people
step "autopkgtest runs debian/tests" autopkgtests

sum_up
