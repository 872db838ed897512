#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# json.sh INPUT
#
# Prints the people in a video as lines of JSON, one a frame (docs/json.md), and nothing else on
# standard output. INPUT is a file, a URI, rtsp://… or /dev/videoN; coordinates are those of the video
# turned upright, where it says how. Ends with an error when there is no video in it.
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 1
add_source "${arguments[0]}"
watch_options=(--quiet)
if is_live "${arguments[0]}"; then
  watch_options+=(--live)
  add_poses name=poses
else
  add_poses name=poses inference=every-frame
fi
add ! posejson name=lines ! fdsink fd=1
write_files "${arguments[0]}"
