#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# annotate.sh INPUT OUTPUT.mp4 [OUTPUT.jsonl]
#
# Writes a video again with the people drawn into it (without its sound), and their keypoints beside
# it as lines of JSON. INPUT is a file or a URI; every frame of it is analysed, and the first video in
# it counts. Video of a phone is turned upright. Ends with an error unless every frame is in the files.
# Ctrl-C ends it early and leaves playable files.
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

read_options "$@"
need 2 3
add_source "${arguments[0]}"
add_poses name=poses inference=every-frame overlay=true
add ! tee name=people
add people. ! queue
add_encoder
add ! mp4mux ! filesink "location=$(value "${arguments[1]}")"
[ "${#arguments[@]}" -lt 3 ] || add_json "${arguments[2]}" name=lines
write_files "${arguments[0]}" "${arguments[@]:1}"
