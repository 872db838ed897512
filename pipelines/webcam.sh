#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# webcam.sh [/dev/videoN]
#
# Shows a camera with the people drawn in (/dev/video0 when none is named). The video never waits for
# the network: skeletons follow the people in between. Ctrl-C ends it.
# Needs a camera, a display, and what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 0 1
add_source "${arguments[0]:-/dev/video0}"
add_poses overlay=true overlay-style=limbs+points+status
add ! videoconvert ! autovideosink sync=false
run_pipeline
