# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Shared by the scripts here, tests/run.sh and .ci/run; source it, do not run it. Installs what is
# missing from Debian (packages.txt), builds the plugin into build/, and finds or fetches a network.
# Nothing here ever asks a question on the terminal but sudo, for its password.

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
build=${GST_POSE_BUILD:-$root/build}

say() { printf '%s\n' "$*" >&2; }

fail() {
  say "$(basename -- "$0"): $*"
  exit 1
}

has_program() { command -v "$1" >/dev/null 2>&1; }

# packages GROUP...: the names of their packages, each with the program that does as well, if any.
packages() {
  local group
  for group; do
    awk -v group="$group" '$1 == group { print $2, $3 }' "$root/pipelines/packages.txt"
  done | sort -u
}

# missing GROUP...: the packages that are not installed.
missing() {
  local package program installed
  local -a names
  mapfile -t names < <(packages "$@" | cut -d' ' -f1)
  [ "${#names[@]}" -gt 0 ] || return 0
  # shellcheck disable=SC2016 # dpkg-query expands these
  installed=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "${names[@]}" 2>/dev/null |
    sed -n 's/^installed //p' | tr '\n' ' ')" || true # it fails where it does not know one
  packages "$@" | while read -r package program; do
    [[ $installed == *" $package "* ]] ||
      { [ -n "$program" ] && has_program "$program"; } || printf '%s\n' "$package"
  done
}

# as_root COMMAND...: runs it as root, or says who could.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif has_program sudo && [ -t 0 ]; then
    sudo -- "$@"
  elif has_program sudo && sudo -n true 2>/dev/null; then
    sudo -n -- "$@"
  else
    fail "this needs root (and sudo cannot be used here): $*"
  fi
}

apt() { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" </dev/null; }

# is_offered PACKAGE: whether this release has it, as far as its package lists are here.
is_offered() { [[ $(apt-cache policy "$1" 2>/dev/null) == *"  Candidate: "[^\(]* ]]; }

# update_lists: has apt learn what there is to install, once a run.
lists_are_new=no
update_lists() {
  [ "$lists_are_new" = no ] || return 0
  lists_are_new=yes
  apt update || say "apt-get update failed; trying with the package lists that are there"
}

# amount PACKAGE...: how many packages apt would install for these, and their megabytes. As root, so that
# apt can keep what it finds out, for the installation.
amount() {
  apt --print-uris install -y --no-install-recommends "$@" 2>/dev/null |
    awk '/^.(https?|file|cdrom|copy|mirror|tor)/ { n++; bytes += $3 }
         END { if (n) printf "%d packages, %.0f MB to download", n, bytes / 1e6 }'
}

# install_missing GROUP...: installs what is missing of these groups; nothing is done when nothing is.
install_missing() {
  local -a names
  local much log
  if ! has_program dpkg-query || ! has_program apt-get; then
    say "This is no Debian: it is taken for granted that the likes of these are installed:" \
      "$(packages "$@" | cut -d' ' -f1 | tr '\n' ' ')"
    return 0
  fi
  mapfile -t names < <(missing "$@")
  [ "${#names[@]}" = 0 ] || update_lists
  mapfile -t -O "${#names[@]}" names < <(missing "${@/%/?}" | while read -r name; do
    ! is_offered "$name" || printf '%s\n' "$name"
  done)
  [ "${#names[@]}" -gt 0 ] || return 0
  much=$(amount "${names[@]}")
  say "Installing from Debian${much:+ ($much)}: ${names[*]}"
  log=$(mktemp)
  apt install -y --no-install-recommends "${names[@]}" >"$log" 2>&1 || {
    tail -n 20 -- "$log" >&2
    rm -f -- "$log"
    fail "these packages could not be installed: ${names[*]}; should an earlier installation have been" \
      "interrupted, 'sudo dpkg --configure -a' finishes it"
  }
  rm -f -- "$log"
}

# configure [OPTION...]: makes the build folder, or gives an existing one these Meson options.
configure() {
  if [ ! -f "$build/build.ninja" ]; then
    say "Configuring $build"
    local log
    log=$(mktemp)
    meson setup --buildtype=release "$@" "$build" "$root" >"$log" 2>&1 || {
      cat -- "$log" >&2
      rm -f -- "$log"
      fail "the build could not be configured"
    }
    rm -f -- "$log"
  elif [ "$#" -gt 0 ]; then
    meson configure "$build" "$@" >/dev/null
  fi
}

# What somebody waits for is a unity build: the sources of a room in pieces of eight, which takes much less time than
# one by one.
unity_options=(-Dunity=on -Dunity_size=8 -Doptimization=2)
quick_options=("${unity_options[@]}" -Dtests=disabled -Dbenchmarks=disabled -Dintrospection=disabled)
# shellcheck disable=SC2034 # for tests/run.sh
full_options=(-Dunity=off -Doptimization=3 -Dtests=enabled -Dbenchmarks=enabled -Dintrospection=enabled)

# build_targets [TARGET...]: compiles what changed; all there is when no target is named.
build_targets() {
  say "Building in $build"
  ninja -C "$build" "$@" >&2 || fail "the build failed"
}

# use_built_plugin: makes GStreamer find the plugin and the library of the build folder.
use_built_plugin() {
  export GST_PLUGIN_PATH_1_0=$build/gst${GST_PLUGIN_PATH_1_0:+:$GST_PLUGIN_PATH_1_0}
  export LD_LIBRARY_PATH=$build/gst/pose${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
  export GST_REGISTRY_1_0=$build/pipelines.registry
}

# Not --exists: that wants a version of GStreamer's own.
has_element() { gst-inspect-1.0 "$1" >/dev/null 2>&1; }

# prepare_plugin: one that the caller's environment names; else the build folder's; else an installed
# one; else one that is built now.
prepare_plugin() {
  if [ -n "${GST_PLUGIN_PATH_1_0:-}" ] && has_element poseestimate; then
    return 0
  fi
  if [ ! -f "$build/gst/libgstpose.so" ]; then
    if has_element poseestimate; then
      return 0
    fi
    build_plugin
  fi
  use_built_plugin
  has_element poseestimate || fail "the plugin in $build/gst cannot be loaded;" \
    "'GST_DEBUG=GST_PLUGIN_LOADING:4 gst-inspect-1.0 poseestimate' tells why"
}

# build_plugin: installs what that needs and builds the plugin, no tests.
build_plugin() {
  install_missing build run
  [ -f "$build/build.ninja" ] || configure "${quick_options[@]}"
  build_targets gst/libgstpose.so
}

# card_named NAME: the path of the card of that name, as far as it is in a folder of the user's.
card_named() {
  local folder
  local -a folders
  IFS=: read -r -a folders <<<"${POSE_MODEL_PATH:-}"
  folders+=("$root/models/bundled" "${XDG_DATA_HOME:-$HOME/.local/share}/gst-pose/models"
    /var/lib/gst-pose/models)
  for folder in "${folders[@]}"; do
    [ -f "$folder/$1.json" ] && printf '%s\n' "$folder/$1.json" && return 0
  done
  return 1
}

# first_card NAME...: the path of the first of these cards that there is.
first_card() {
  local name
  for name; do
    card_named "$name" && return 0
  done
  return 1
}

# card_at_hand: the path of the card that the plugin takes when none is named (docs/models.md).
card_at_hand() { first_card default lightweight-coco movenet-multipose mobilenet-thin; }

# card_of_hands, card_of_faces: the same for mode=hand and mode=face.
card_of_hands() { first_card mediapipe-hand mediapipe-hand-lite hand; }
card_of_faces() { first_card mediapipe-face face; }

# fetch_model: fetches the first network that can be had, the most accurate first.
fetch_model() {
  install_missing fetch
  "$root/models/fetch" lightweight-coco >/dev/null && return 0
  say "lightweight-coco is not to be had; trying movenet-multipose, which takes less time and finds fewer people"
  "$root/models/fetch" movenet-multipose >/dev/null && return 0
  say "movenet-multipose is not to be had; trying mobilenet-thin, which finds fewer people"
  "$root/models/fetch" mobilenet-thin >/dev/null ||
    fail "no network could be fetched, for the reasons above; docs/models.md tells how to get one by hand"
}

# prepare_model [NAME]: makes sure that the plugin finds a network when none is named, fetching one if
# need be, and says which it is and how good: the network in the box, else NAME if it is there, else
# the most accurate one. Leaves the path of its card in `model_card`; a second call does nothing.
model_card=
prepare_model() {
  local folder
  [ -z "$model_card" ] || return 0
  model_card=$(card_named default || card_named "${1:-none}" || card_at_hand) || true
  [ -n "$model_card" ] || fetch_model
  if [ -n "$model_card" ] && [[ "${model_card##*/}" =~ ^(default|${1:-none})\.json$ ]] || ! has_program python3; then
    say "using the network of $model_card"
  else
    model_card=$("$root/models/fetch" best) || fail "there is no sound network"
  fi
  folder=$(dirname -- "$model_card")
  export POSE_MODEL_PATH=$folder${POSE_MODEL_PATH:+:$POSE_MODEL_PATH}
}

# prepare_hands: makes sure that the plugin finds a network of hands when none is named, fetching one
# if need be. After prepare_model: its folder counts after the one of the network of people.
prepare_hands() {
  local card folder
  card=$(card_of_hands) || true
  if [ -z "$card" ]; then
    install_missing fetch
    "$root/models/fetch" mediapipe-hand >/dev/null ||
      fail "no network of hands could be fetched, for the reason above; docs/models.md tells how to get one by hand"
    card=$(card_of_hands) || fail "models/fetch left no network of hands where the plugin looks for it"
  fi
  say "using the network of hands of $card"
  folder=$(dirname -- "$card")
  export POSE_MODEL_PATH=${POSE_MODEL_PATH:+$POSE_MODEL_PATH:}$folder
}
