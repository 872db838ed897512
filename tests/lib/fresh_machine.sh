# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What a fresh Debian gets before somebody uses it: a user with sudo, and a screen.

screen_number=77

# make_user: `user`, as Debian's installer makes one.
make_user() {
  useradd --create-home --shell /bin/bash user
  [ ! -d /etc/sudoers.d ] || echo 'user ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/user
}

# fills_the_screen COMMAND…: runs it with a screen at :77, which holds more than one colour meanwhile: of
# a screen of one colour gzip leaves next to nothing.
fills_the_screen() {
  local video screen bytes most=0 status=0
  apt-get -qq install -y --no-install-recommends -o Dpkg::Options::=--force-confold xvfb x11-apps >/dev/null 2>&1 || return 1
  Xvfb ":$screen_number" -screen 0 1280x800x24 -noreset >/dev/null 2>&1 &
  screen=$!
  sleep 3
  "$@" &
  video=$!
  while kill -0 "$video" 2>/dev/null; do
    sleep 1
    bytes=$(xwd -display ":$screen_number" -root -silent | gzip -1 | wc -c)
    [ "$bytes" -le "$most" ] || most=$bytes
  done
  wait "$video" || status=$?
  kill "$screen"
  printf 'the fullest screen: %s bytes\n' "$most"
  [ "$status" = 0 ] && [ "$most" -gt 100000 ]
}
