# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For demo.sh; source it, do not run it. What to do with what it wrote.

# shellcheck source=SCRIPTDIR/setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

# has_display: whether a window could open.
has_display() { [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ]; }

# player: the command of one that is there.
player() {
  local name
  for name in mpv vlc totem celluloid ffplay gst-play-1.0; do
    ! has_program "$name" || { printf '%s' "$name" && return 0; }
  done
  if has_display && has_program xdg-open; then
    printf xdg-open
  else
    return 1
  fi
}

# open_picture FILE: plays it where somebody sits before a screen; whether that works does not matter.
open_picture() {
  local program
  [ -t 1 ] && has_display || return 0
  if has_program xdg-open; then
    program=xdg-open
  else
    program=$(player) || return 0
  fi
  (setsid "$program" "$1" >/dev/null 2>&1 </dev/null &)
}

# tell_what_next VIDEO LINES: how to look at these, and where to go on.
tell_what_next() {
  local video=$1 program
  [[ $video != -* ]] || video=./$video
  program=$(player) || program=
  say ""
  if [ -n "$program" ]; then
    say "To look at it:    $program $(printf %q "$video")"
  else
    say "To look at it:    any player of video, such as mpv or vlc, with $(printf %q "$video")"
  fi
  say "The keypoints:    less -S $(printf %q "$2") (docs/json.md lists the keys)"
  say "Your own video:   pipelines/demo.sh video.mp4; a camera: pipelines/demo.sh /dev/video0"
  [ ! -f "$build/gst/libgstpose.so" ] ||
    say "Own pipelines:    meson devenv -C $(printf %q "$build"), then README.md's \"Five pipelines\""
  say "Every test:       tests/run.sh builds all there is, which takes some minutes, and tests it"
  open_picture "$1"
}
