# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Shared by the scripts here; source it, do not run it. Puts pipeline descriptions together in the
# array `pipeline`, word by word, and runs or prints them; reads the options that all scripts take.

# shellcheck source=SCRIPTDIR/setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

pipeline=()
arguments=()
pose_properties=(width=-1)
watch_options=()
command=()
print=no
hands=no

# read_options "$@": takes out the options that all scripts have; the rest goes to `arguments`.
read_options() {
  while [ "$#" -gt 0 ]; do
    case $1 in
    -h | --help)
      awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
      printf '\nOptions: --print        print the pipeline for gst-launch-1.0 instead of running it\n'
      printf '         --pose "A=B …"  more properties of poseestimate\n'
      exit 0
      ;;
    --print) print=yes ;;
    --pose)
      [ "$#" -ge 2 ] || fail "--pose needs properties, such as \"height=432 max-people=1\""
      local -a more
      read -r -a more <<<"$2"
      pose_properties+=("${more[@]}")
      shift
      ;;
    --) shift && arguments+=("$@") && return 0 ;;
    -*) fail "there is no option $1; --help lists those there are" ;;
    *) arguments+=("$1") ;;
    esac
    shift
  done
}

# need COUNT [MOST]: ends with the usage unless there are so many arguments.
need() {
  local most=${2:-$1}
  [ "${#arguments[@]}" -ge "$1" ] && [ "${#arguments[@]}" -le "$most" ] && return 0
  say "$(awk 'NR == 3 { sub(/^# ?/, "usage: pipelines/"); print; exit }' "$0")"
  exit 2
}

add() { pipeline+=("$@"); }

# value TEXT: as the value of a property, whatever is in it.
value() {
  local text=${1//\\/\\\\}
  printf '"%s"' "${text//\"/\\\"}"
}

is_live() {
  case $1 in
  rtsp://* | rtsps://* | rtspt://* | /dev/video*) return 0 ;;
  *) return 1 ;;
  esac
}

# add_source INPUT: a file, a URI or a camera, up to frames that poseestimate takes. Phones store
# video as the sensor lies and say in a tag how to turn it: it is turned here, so people stand upright
# before the network, and in the file that is written. Of a file every frame is kept. Of a live source
# few wait: should the computer not keep up with the video itself, frames are dropped, and neither
# memory nor delay grow.
add_source() {
  case $1 in
  rtsp://* | rtsps://* | rtspt://*)
    add rtspsrc "location=$(value "$1")" latency=200 drop-on-latency=true
    add ! application/x-rtp,media=video ! decodebin ! videoconvert ! watchdog timeout=30000
    ;;
  /dev/video*) add v4l2src "device=$(value "$1")" ! decodebin ! videoconvert ;;
  *://*) add uridecodebin "uri=$(value "$1")" ! videoconvert ;;
  *)
    [ "$print" = yes ] || [ -e "$1" ] || fail "there is no file $1"
    add filesrc "location=$(value "$1")" ! decodebin ! videoconvert
    ;;
  esac
  if is_live "$1"; then
    add ! queue leaky=downstream max-size-buffers=5
  else
    add ! videoflip video-direction=auto ! queue
  fi
}

# add_poses [PROPERTY...]: frames are upright already, whatever a tag says: videoflip of 1.22 leaves it.
add_poses() { add ! poseestimate video-direction=identity "$@" "${pose_properties[@]}"; }

# add_hands [PROPERTY...]: both hands of each person that add_poses finds, by the network that the plugin
# takes when none is named.
add_hands() {
  hands=yes
  add ! poseestimate mode=hand regions=people video-direction=identity "$@"
}

# add_encoder: H.264 where an encoder for it is there. Sides of odd length are made even for it. A file
# has one size and one rate from its first frame to its last: watch.py keeps those of the first frame
# in "shape" and "format", and frames of another size get borders. Without B-frames, as mp4mux ends the
# file before the last of them when frames do not come evenly.
add_encoder() {
  add ! videoconvert ! videoscale add-borders=true
  add ! capsfilter name=shape "caps=$(value 'video/x-raw,format=I420,width=[2,16384,2],height=[2,16384,2]')"
  add ! capssetter name=format caps=video/x-raw
  if ! has_program gst-inspect-1.0 || has_element x264enc; then
    add ! x264enc pass=qual quantizer=22 bitrate=20000 speed-preset=veryfast bframes=0 key-int-max=60
  elif has_element openh264enc; then
    add ! openh264enc bitrate=4000000 gop-size=60 ! h264parse
  else
    say "No H.264 encoder is installed (gstreamer1.0-plugins-ugly has one): writing MPEG-4 part 2"
    add ! avenc_mpeg4 bitrate=4000000 ! mpeg4videoparse
  fi
}

# add_json FILE [PROPERTY...]: the branch of tee "people" that writes lines, each at once. Its queue
# has no limit but holds lines only: an encoder keeps back many frames before its file can start, and
# the file of lines has to wait for that.
add_json() {
  local file=$1
  shift
  add people. ! posejson "$@" ! queue max-size-buffers=0 max-size-bytes=0 max-size-time=0
  add ! filesink "location=$(value "$file")" buffer-mode=unbuffered
}

# run_pipeline [OPTION...]: runs gst-launch-1.0 with what was put together, or prints it. Ctrl-C ends
# the stream.
run_pipeline() {
  print_pipeline
  prepare_plugin
  prepare_networks
  exec gst-launch-1.0 -e "$@" "${pipeline[@]}"
}

# prepare_networks: those that the pipeline takes.
prepare_networks() {
  prepare_model
  [ "$hands" = no ] || prepare_hands
}

# print_pipeline: with --print, prints what was put together and ends.
print_pipeline() {
  [ "$print" = yes ] || return 0
  printf '%s\n' "${pipeline[*]}"
  exit 0
}

# prepare_watch INPUT [FILE...]: makes ready what `watch` needs; INPUT is not written over.
prepare_watch() {
  local input=$1 file
  shift
  for file; do
    [ ! "$file" -ef "$input" ] || fail "$file is the input: name another file to write"
  done
  prepare_plugin
  prepare_networks
  /usr/bin/python3 -c 'import gi; gi.require_version("Gst", "1.0")' 2>/dev/null ||
    install_missing demo
}

# watch INPUT [OPTION...]: sets `command` to what runs the pipeline that was put together with watch.py,
# which finishes the files on Ctrl-C and fails unless every frame of INPUT is in them.
watch() {
  local input=$1
  shift
  command=(/usr/bin/python3 "$root/pipelines/lib/watch.py" "--input=$input" "$@" -- "${pipeline[@]}")
}

# prepare_files INPUT [FILE...]: makes ready to run what was put together with watch.py, or prints it.
prepare_files() {
  local input=$1
  print_pipeline
  prepare_watch "$@"
  shift
  watch "$input" "${watch_options[@]}" "${@/#/--file=}"
}

# write_files INPUT [FILE...]: runs what was put together with watch.py, or prints it.
write_files() {
  prepare_files "$@"
  exec "${command[@]}"
}
