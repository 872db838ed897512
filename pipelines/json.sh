#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# json.sh INPUT
#
# Prints the people in a video as lines of JSON, one a frame (docs/json.md), and nothing else on
# standard output. INPUT is a file, a URI, rtsp://… or /dev/videoN.
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/describe.sh
. "$(dirname -- "$0")/describe.sh"

read_options "$@"
need 1
add_source "${arguments[0]}"
if is_live "${arguments[0]}"; then
  add_poses
else
  add_poses inference=every-frame
fi
add ! posejson ! fdsink fd=1
run_pipeline -q
