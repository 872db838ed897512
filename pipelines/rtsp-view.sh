#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# rtsp-view.sh rtsp://HOST/PATH
#
# Shows a network camera with the people drawn in. The video never waits for the network:
# skeletons follow the people in between. Ends with an error when no frame came for 30 seconds.
# Needs a display, and what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 1
add_source "${arguments[0]}"
add_poses overlay=true overlay-style=limbs+points+status
add ! videoconvert ! autovideosink sync=false
run_pipeline
