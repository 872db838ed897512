#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# run.sh [MESON-TEST-OPTION…]
#
# Installs what is missing from Debian, builds everything with its tests into build/, and runs every
# test; options go to `meson test` (a test's name, --suite engine, --repeat 10 …). Tests that need
# networks, photographs or video which are not there are skipped, and say so; so are those that would
# use the npm registry where that cannot be reached. The last line says how many passed.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../pipelines/lib/setup.sh
. "$(dirname -- "$0")/../pipelines/lib/setup.sh"

case ${1:-} in
-h | --help)
  awk 'NR > 2 && !/^#/ { exit } NR > 2 { sub(/^# ?/, ""); print }' "$0"
  exit 0
  ;;
esac

install_missing build net run demo fetch npm docs test
configure "${full_options[@]}"
build_targets

if [ -z "${POSE_TEST_NETWORK:-}" ] && has_program npm &&
  timeout 20 npm ping --fetch-retries=0 >/dev/null 2>&1 </dev/null; then
  export POSE_TEST_NETWORK=1
fi

log=$build/meson-logs/testlog.json
rm -f -- "$log"
status=0
meson test -C "$build" --no-rebuild --print-errorlogs "$@" </dev/null || status=$?
python3 "$root/tests/pipelines/summary.py" "$log" || [ "$status" != 0 ] || status=1
exit "$status"
