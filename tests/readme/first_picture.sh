#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# first_picture.sh TREE
#
# Measures the way to a newcomer's first picture on a fresh Debian: as a user with sudo, in a clone of
# TREE, pipelines/demo.sh with no display; then once more, when everything is at hand. Every line that
# the demo writes is shown with the second at which it came. The first annotated frame is the first
# line in poses.jsonl, which waits for the frame to be encoded. For `tests/releases.sh --demo`, which
# gives it a bare root; it changes the machine that it runs on. The last line sums up: passed, failed,
# skipped.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../lib/steps.sh
. "$(dirname -- "$0")/../lib/steps.sh"
# shellcheck source=SCRIPTDIR/../lib/fresh_machine.sh
. "$(dirname -- "$0")/../lib/fresh_machine.sh"
tree=$1
home=/home/user
clone=$home/gst-pose

# as_user COMMAND…: in the clone, with what a login gives a user.
as_user() {
  (cd "$clone" && sudo -u user -H -- env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" USER=user LANG=C.UTF-8 \
    "$@") </dev/null
}

now() { date +%s.%N; }
since() { awk -v from="$1" -v to="${2:-$(now)}" 'BEGIN { printf "%.1f", to - from }'; }

# stamped START: the lines of standard input, each with the seconds since START.
stamped() {
  local line
  while IFS= read -r line; do
    printf '%7s  %s\n' "$(since "$1")" "$line"
  done
}

# busy: the seconds of all processors that somebody used since this machine started.
busy() { awk -v hz="$(getconf CLK_TCK)" '$1 == "cpu" { printf "%.1f", ($2 + $3 + $4 + $7 + $8) / hz }' /proc/stat; }

# own: sets `used` to those that children of this shell used; a subshell has none.
own() {
  times >/tmp/times
  used=$(awk 'NR == 2 { n = split($0, part, /[ms ]+/); print part[1] * 60 + part[2] + part[3] * 60 + part[4] }' /tmp/times)
}

# installed: the number of packages, and their megabytes.
installed() {
  # shellcheck disable=SC2016 # dpkg-query expands this
  dpkg-query -W -f='${db:Status-Status} ${Installed-Size}\n' |
    awk '$1 == "installed" { n++; kilobytes += $2 } END { printf "%d %.0f\n", n, kilobytes / 1024 }'
}

# watch_run FILE: until it is killed, notes the load each second, and when the first line was there.
watch_run() {
  local first=
  while sleep 0.2; do
    if [ -z "$first" ] && [ -s "$clone/poses.jsonl" ]; then
      first=$(now)
      printf '%s\n' "$first" >"$1.first"
    fi
    cut -d' ' -f1 /proc/loadavg >>"$1.load"
  done
}

# run_demo NAME: one run, its lines and its figures.
run_demo() {
  local notes=/tmp/$1 start end busy_before own_before watcher status=0
  rm -f -- "$clone/poses.jsonl" "$clone/annotated.mp4" "$notes".*
  printf '\n=== %s\n' "$1"
  own
  own_before=$used
  busy_before=$(busy)
  start=$(now)
  watch_run "$notes" &
  watcher=$!
  as_user pipelines/demo.sh 2>&1 | stamped "$start" || status=$?
  end=$(now)
  kill "$watcher"
  wait "$watcher" 2>/dev/null || true
  own
  printf '%s: first annotated frame after %s s, end after %s s\n' "$1" \
    "$(since "$start" "$(cat "$notes.first" 2>/dev/null || echo "$start")")" "$(since "$start" "$end")"
  awk -v all="$(since "$busy_before" "$(busy)")" -v mine="$(since "$own_before" "$used")" -v cores="$(nproc)" \
    -v name="$1" '
    { sum += $1; if ($1 > most) most = $1 }
    END { printf "%s: %.0f CPU seconds on %d cores, others took %.0f; load %.1f on average, %.1f at most\n",
          name, mine, cores, all - mine, sum / NR, most }' "$notes.load"
  return "$status"
}

leaves_both_files() {
  local lines frames
  lines=$(wc -l <"$clone/poses.jsonl") || return 1
  frames=$(as_user gst-launch-1.0 -v filesrc location=annotated.mp4 ! decodebin ! identity silent=false ! \
    fakesink 2>&1 | grep -c 'chain .*identity0:sink') || true
  printf '%s frames, %s lines\n' "$frames" "$lines"
  [ "$lines" -gt 0 ] && [ "$frames" = "$lines" ]
}

# A user has these before the clone.
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends ca-certificates git sudo >/dev/null 2>&1
make_user
git config --system --add safe.directory '*' # the tree here is another user's
sudo -u user -H git clone -q "$tree" "$clone"
apt-get clean
rm -rf /var/lib/apt/lists/*
read -r packages_before megabytes_before < <(installed)

step "the first run" run_demo "first run"
step "it leaves both files" leaves_both_files
read -r packages megabytes < <(installed)
printf 'first run: %d packages downloaded, %.1f MB; %d MB installed\n' \
  "$(find /var/cache/apt/archives -name '*.deb' | wc -l)" \
  "$(find /var/cache/apt/archives -name '*.deb' -printf '%s\n' | awk '{ sum += $1 } END { print sum / 1e6 }')" \
  "$((megabytes - megabytes_before))"
printf 'first run: %d packages more than before, lists of %.1f MB, %s MB in the home folder\n' \
  "$((packages - packages_before))" "$(du -s --apparent-size -B 1000 /var/lib/apt/lists | awk '{ print $1 / 1000 }')" \
  "$(du -sm "$home" | cut -f1)"
step "the second run" run_demo "second run"
step "it leaves both files" leaves_both_files

sum_up
