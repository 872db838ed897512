#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# rtsp-record.sh rtsp://HOST/PATH FOLDER
#
# Records a network camera with the people drawn in, as MP4 files of ten minutes, and their keypoints
# as lines of JSON beside them; the names start with the time of the connection. When the camera goes
# away it connects again every 5 seconds, until Ctrl-C, which finishes the files.
# Needs what is in packages.txt (it installs and builds what is missing).

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

# describe NAME: the pipeline whose files start with NAME.
describe() {
  pipeline=()
  add_source "${arguments[0]}"
  add_poses name=poses overlay=true
  add ! tee name=people
  add people. ! queue
  add_encoder
  add ! splitmuxsink "location=$(value "$1-%05d.mp4")" max-size-time=600000000000
  add_json "$1.jsonl" name=lines
}

read_options "$@"
need 2
folder=${arguments[1]}
if [ "$print" = yes ]; then
  describe "$folder/camera"
  print_pipeline
fi
mkdir -p -- "$folder"
prepare_watch "${arguments[0]}"

stop=no
trap 'stop=yes signalled=yes; [ -z "${child:-}" ] || kill -INT "$child" 2>/dev/null || true' INT TERM
recorded=no
while [ "$stop" = no ]; do
  name=$folder/$(date +%Y-%m-%d-%H%M%S)
  describe "$name"
  watch "${arguments[0]}" --live --quiet "--segments=$name" "--file=$name.jsonl"
  # In a session of its own: Ctrl-C reaches it once, through the trap.
  setsid "${command[@]}" &
  child=$!
  signalled=yes
  while [ "$signalled" = yes ]; do # a signal interrupts the waiting, whose result is then none
    signalled=no
    status=0
    wait "$child" || status=$?
  done
  child=
  [ ! -s "$name.jsonl" ] || recorded=yes
  [ "$stop" = no ] || break
  [ "$recorded" = yes ] || fail "nothing could be recorded from ${arguments[0]}"
  say "The camera is gone; connecting again in 5 seconds"
  sleep 5 &
  wait $! || true
done
[ "$recorded" = yes ] || fail "nothing was recorded from ${arguments[0]}"
[ "$status" = 0 ] || fail "the latest recording in $folder is not whole"
say "Recorded into $folder"
