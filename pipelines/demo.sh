#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# demo.sh [INPUT]
#
# Finds the people in a video, and leaves annotated.mp4 with them drawn in, and poses.jsonl with their
# keypoints, one line a frame. INPUT is a file, a URI, rtsp://… or /dev/videoN; without it, the
# pedestrians of Debian's opencv-doc package. Installs, builds and fetches what is missing (from
# Debian, and a network). Ctrl-C ends it early and leaves playable files.
#
#   --frames N     stop after so many frames
#   --height N     height of the network's input, a multiple of 32: higher finds smaller people and
#                  takes longer (for the pedestrians 352 with movenet-multipose, which the demo prefers
#                  as it finds the most people for its time, and 448 with others; else as the
#                  network's card says)
#   --hands        both hands of each person, too, in the picture and in the person's keys of the
#                  JSON; fetches the network mediapipe-hand where there is none of hands. The hands of
#                  the pedestrians are small, so take a video in which people are nearer
#   --out FOLDER   where the two files go (the current folder)

set -euo pipefail
# shellcheck source=SCRIPTDIR/lib/describe.sh
. "$(dirname -- "$0")/lib/describe.sh"

frames=
height=
out=.
with_hands=no

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
    --hands) with_hands=yes ;;
    *) rest+=("$1") ;;
    esac
    shift
  done
}

# sample: the path of the pedestrians, taken out of Debian's package once, without installing it.
sample() {
  local cache=${XDG_CACHE_HOME:-$HOME/.cache}/gst-pose work
  if [ ! -s "$cache/vtest.avi" ]; then
    has_program apt-get || fail "the sample comes from Debian's opencv-doc package: name a video instead"
    say "Getting the pedestrians from Debian's package opencv-doc"
    mkdir -p -- "$cache"
    work=$(mktemp -d -- "$cache/opencv-doc.XXXXXX")
    if ! (cd "$work" && download_package opencv-doc) ||
      ! dpkg-deb --fsys-tarfile "$work"/opencv-doc_*.deb |
      tar -xO --wildcards '*/data/vtest.avi' >"$work/vtest.avi" || [ ! -s "$work/vtest.avi" ]; then
      rm -rf -- "$work"
      fail "the sample could not be had: name a video instead, as in pipelines/demo.sh film.mp4"
    fi
    mv -- "$work/vtest.avi" "$cache/vtest.avi"
    rm -rf -- "$work"
  fi
  printf '%s\n' "$cache/vtest.avi"
}

# download_package NAME: its .deb, into the current folder.
download_package() {
  local -a quiet=(-qq)
  [ "$(id -u)" != 0 ] || quiet+=(-o APT::Sandbox::User=root)
  apt-get "${quiet[@]}" download "$1" 2>/dev/null && return 0
  apt update && apt-get "${quiet[@]}" download "$1"
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

read_own_options "$@"
read_options "${rest[@]}"
need 0 1
video=$out/annotated.mp4
lines=$out/poses.jsonl

# use_model: names the network that was chosen, and sets the height of its input.
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

input=${arguments[0]:-}
if [ "$print" = yes ]; then
  use_model
  describe "${input:-vtest.avi}"
  print_pipeline
fi

install_missing demo
if [ -z "${GST_PLUGIN_PATH_1_0:-}" ]; then
  build_plugin
fi
prepare_model movenet-multipose
use_model
[ -n "$input" ] || input=$(sample)
describe "$input"
mkdir -p -- "$out"

[ -z "$frames" ] || watch_options+=(--frames "$frames")
! is_live "$input" || watch_options+=(--live)
write_files "$input" "$video" "$lines"
