#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh [--all] [MESON-TEST-OPTION…]
#
# Installs what is missing from Debian, builds everything with its tests into build/, and runs the tests:
# without options those that are not long, a quarter of an hour on two cores where nothing is built yet,
# half of it to compile; with --all every test; with options those that `meson test` selects by them (a test's name,
# --suite engine, --repeat 10 …). Tests that need networks, photographs or video which are not there are
# skipped, and so are those that would use the npm registry where that cannot be reached: the end says
# which, and how to have them. The last line says how many passed.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../pipelines/lib/setup.sh
. "$(dirname -- "$0")/../pipelines/lib/setup.sh"

all=no
left_out=none
case ${1:-} in
-h | --help)
  awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
  exit 0
  ;;
--all)
  shift
  all=yes
  ;;
'')
  set -- --no-suite long
  left_out=long
  # Many of them wait for a clock or for another process.
  export MESON_TESTTHREADS=${MESON_TESTTHREADS:-$((2 * $(nproc)))}
  ;;
esac

install_missing build net run demo fetch docs test
if [ "$all" = yes ]; then
  configure "${full_options[@]}"
elif [ -f "$build/build.ninja" ]; then
  configure -Dtests=enabled -Dintrospection=enabled
else
  configure "${unity_options[@]}" -Dtests=enabled -Dbenchmarks=disabled -Dintrospection=enabled
fi
build_targets

if [ -z "${POSE_TEST_NETWORK:-}" ] && timeout 20 /usr/bin/python3 -c '
import urllib.request
urllib.request.urlopen("https://registry.npmjs.org/-/ping", timeout=15)' >/dev/null 2>&1; then
  export POSE_TEST_NETWORK=1
fi

# Lines "gst-pose:suite+long / name", of all tests where it matters which are left out.
selection=("$@")
[ "$left_out" != long ] || selection=()
mapfile -t listed < <(meson test -C "$build" --list "${selection[@]}" 2>/dev/null | grep ' / ')
names_left_out=()
for line in "${listed[@]}"; do
  if [ "$left_out" = long ] && [[ ${line%% / *} =~ [:+]long(\+|$) ]]; then
    names_left_out+=("${line##* / }")
  fi
done

log=$build/meson-logs/testlog.json
rm -f -- "$log"
say "Running $((${#listed[@]} - ${#names_left_out[@]})) tests; their output is in ${log%.json}.txt"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" </dev/null || status=$?
python3 "$root/tests/pipelines/summary.py" "$log" "${names_left_out[@]}" || [ "$status" != 0 ] || status=1
exit "$status"
