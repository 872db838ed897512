#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# two-cameras.sh INPUT INPUT
#
# Shows two cameras (or films) side by side, each with its people drawn in by a poseestimate of its
# own. An INPUT is rtsp://…, /dev/videoN, a file or a URI.
# Needs a display, and what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 2
# The wall waits a little for pictures of cameras that come unevenly.
add compositor name=wall sink_1::xpos=640 background=black latency=100000000
add ! videoconvert ! autovideosink sync=false
for input in "${arguments[@]}"; do
  add_source "$input"
  add_poses overlay=true overlay-style=limbs+points+status
  add ! videoconvert ! videoscale add-borders=true
  add ! video/x-raw,width=640,height=480,pixel-aspect-ratio=1/1 ! queue ! wall.
done
run_pipeline
