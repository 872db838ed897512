#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# hands.sh INPUT OUTPUT.mp4 [OUTPUT.jsonl]
#
# Writes a video again with people and both their hands drawn into it (without its sound), and their
# keypoints beside it as lines of JSON. INPUT is a file or a URI; every frame of it is analysed, which
# takes seconds for each hand where there is no graphics card. Where the network "face" is installed,
# faces too. The networks of hands and faces are for non-commercial research only, so they are not
# fetched unasked: models/fetch --accept-licence hand face
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 2 3
if [ "$print" = no ]; then
  card_named hand >/dev/null || fail "there is no network of hands; if its licence suits you," \
    "'models/fetch --accept-licence hand' fetches one"
fi
add_source "${arguments[0]}"
add_poses name=poses inference=every-frame
add ! poseestimate mode=hand model=hand regions=people inference=every-frame video-direction=identity
if [ "$print" = no ] && card_named face >/dev/null; then
  add ! poseestimate mode=face model=face regions=people inference=every-frame \
    video-direction=identity
fi
add ! tee name=people
add people. ! queue ! poseoverlay
add_encoder
add ! mp4mux ! filesink "location=$(value "${arguments[1]}")"
[ "${#arguments[@]}" -lt 3 ] || add_json "${arguments[2]}" name=lines
write_files "${arguments[0]}" "${arguments[@]:1}"
