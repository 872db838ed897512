#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hands.sh INPUT OUTPUT.mp4 [OUTPUT.jsonl]
#
# Writes a video again with people and both their hands drawn into it (without its sound), and their
# keypoints beside it as lines of JSON. INPUT is a file or a URI; every frame of it is analysed. The
# network of hands is the first that is installed of mediapipe-hand, mediapipe-hand-lite and hand;
# where there is none, mediapipe-hand is fetched from the npm registry. Where a network of faces is
# installed, faces are drawn too: models/fetch mediapipe-face
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 2 3
add_source "${arguments[0]}"
add_poses name=poses inference=every-frame
add_hands inference=every-frame
if [ "$print" = no ] && card_of_faces >/dev/null; then
  add ! poseestimate mode=face regions=people inference=every-frame video-direction=identity
fi
add ! tee name=people
add people. ! queue ! poseoverlay
add_encoder
add ! mp4mux ! filesink "location=$(value "${arguments[1]}")"
[ "${#arguments[@]}" -lt 3 ] || add_json "${arguments[2]}" name=lines
write_files "${arguments[0]}" "${arguments[@]:1}"
