# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Steps that are counted, for scripts that prove something on a fresh machine. Their last line is
# "N passed, N failed, N skipped", which others read again.

passed=0
failed=0
skipped=0

# step NAME COMMAND…: one step, passed when the command succeeds.
step() {
  local name=$1
  shift
  printf '\n=== %s\n' "$name"
  if "$@"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf 'FAILED: %s\n' "$name"
  fi
}

# skip REASON…: a step that cannot be done here.
skip() {
  skipped=$((skipped + 1))
  printf '\nskipped: %s\n' "$*"
}

# add_counts LOG STATUS: adds what the last line of a log tells, and leaves it in the array `counts`. A
# command of another status than 0 that counted no failure, or nothing at all, failed once.
add_counts() {
  local line
  line=$(tail -n 1 -- "$1" | sed -nE 's/^([0-9]+) passed, ([0-9]+) failed, ([0-9]+) skipped$/\1 \2 \3/p')
  read -r -a counts <<<"${line:-0 1 0}"
  [ "$2" = 0 ] || [ "${counts[1]}" != 0 ] || counts[1]=1
  passed=$((passed + counts[0]))
  failed=$((failed + counts[1]))
  skipped=$((skipped + counts[2]))
}

# sum_up: the last line; fails when a step did.
sum_up() {
  printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
  [ "$failed" = 0 ]
}
