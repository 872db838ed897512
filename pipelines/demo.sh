#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# demo.sh [INPUT]
#
# Finds the people in a video, and leaves annotated.mp4 with them drawn in, and poses.jsonl with their
# keypoints, one line a frame. INPUT is a file, a URI, rtsp://… or /dev/videoN; without it, 20 seconds of
# the pedestrians of Debian's opencv-doc package. Installs, builds and fetches what is missing, in two
# to three minutes with two cores and a fast network; the second time it starts at once. Ctrl-C ends it
# early: before the analysis what is done is kept, during it the files can be played.
#
#   --all          the whole sample, 80 seconds (a video of your own is always taken whole)
#   --frames N     stop after so many frames
#   --height N     height of the network's input, a multiple of 32: higher finds smaller people, and
#                  takes longer
#   --hands        both hands of each person, too; take a video in which people are near
#   --out FOLDER   where the two files go (the current folder)

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"
# shellcheck source=SCRIPTDIR/lib/first_run.sh
. "$(dirname -- "$0")/lib/first_run.sh"
# shellcheck source=SCRIPTDIR/lib/sample.sh
. "$(dirname -- "$0")/lib/sample.sh"
# shellcheck source=SCRIPTDIR/lib/look.sh
. "$(dirname -- "$0")/lib/look.sh"

frames=
height=
out=.
all=no
with_hands=no
sample_frames=200 # 20 seconds

whole_number() {
  [[ $2 =~ ^[1-9][0-9]{0,8}$ ]] || fail "$1 takes a whole number above 0, not '$2'"
}

# read_own_options "$@": takes out the options of this script; the rest goes to `rest`.
rest=()
read_own_options() {
  while [ "$#" -gt 0 ]; do
    case $1 in
    --frames | --height | --out)
      [ "$#" -ge 2 ] || fail "$1 needs a value"
      case $1 in
      --frames) whole_number "$1" "$2" && frames=$2 ;;
      --height) whole_number "$1" "$2" && height=$2 ;;
      --out) out=$2 ;;
      esac
      shift
      ;;
    --all) all=yes ;;
    --hands) with_hands=yes ;;
    *) rest+=("$1") ;;
    esac
    shift
  done
}

# describe INPUT: the whole pipeline. Hands are analysed before anything is drawn into the frame.
describe() {
  local -a every=(inference=every-frame)
  ! is_live "$1" || every=()
  add_source "$1"
  if [ "$with_hands" = yes ]; then
    add_poses name=poses "${every[@]}"
    add_hands "${every[@]}"
    add ! tee name=people
    add people. ! queue ! poseoverlay
  else
    add_poses name=poses overlay=true "${every[@]}"
    add ! tee name=people
    add people. ! queue
  fi
  add_encoder
  add ! mp4mux ! filesink "location=$(value "$video")"
  add_json "$lines" name=lines
}

# use_model: names the network that was chosen, and sets the height of its input: of those of the sample
# movenet-multipose at 352 finds the most people for its time.
use_model() {
  local -a own=(width=-1)
  case ${model_card:-} in
  */movenet-multipose.json)
    own+=(model=movenet-multipose)
    [ -n "$input" ] || : "${height:=352}"
    ;;
  *) [ -n "$input" ] || : "${height:=448}" ;;
  esac
  [ -z "$height" ] || own+=("height=$height")
  pose_properties=("${own[@]}" "${pose_properties[@]:1}")
}

# analyse: runs the pipeline; Ctrl-C reaches it by itself, as it is of this script's group.
analyse() {
  local status=0
  trap : INT
  trap 'kill -TERM "$child" 2>/dev/null' TERM
  "${command[@]}" &
  child=$!
  while kill -0 "$child" 2>/dev/null; do
    status=0
    wait "$child" || status=$?
  done
  trap - INT TERM
  return "$status"
}

read_own_options "$@"
read_options "${rest[@]}"
need 0 1
video=$out/annotated.mp4
lines=$out/poses.jsonl
input=${arguments[0]:-}

if [ "$print" = yes ]; then
  use_model
  describe "${input:-vtest.avi}"
  print_pipeline
fi

if [ -n "$input" ]; then
  is_live "$input" || [[ $input == *://* ]] || [ -e "$input" ] || fail "there is no file $input"
  prepare_first_run true run demo
elif [ -s "$sample" ]; then
  prepare_first_run true sample demo
else
  has_program apt-get || fail "the sample comes from Debian's opencv-doc package: name a video instead"
  prepare_first_run get_sample sample demo
fi
prepare_model movenet-multipose
use_model
if [ -z "$input" ] && [ -z "$frames" ] && [ "$all" = no ]; then
  frames=$sample_frames
  say "Of the sample the first 20 of 80 seconds are analysed; --all takes all"
fi
describe "${input:-$sample}"
mkdir -p -- "$out"

[ -z "$frames" ] || watch_options+=(--frames "$frames")
! is_live "$input" || watch_options+=(--live)
prepare_files "${input:-$sample}" "$video" "$lines"
status=0
analyse || status=$?
[ "$status" != 0 ] || tell_what_next "$video" "$lines"
exit "$status"
