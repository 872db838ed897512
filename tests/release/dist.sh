#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# dist.sh TARBALL
#
# As a user with sudo on a fresh Debian: unpacks the tarball of a release, and runs tests/run.sh in it. For
# `tests/releases.sh --dist`, which gives it a bare root; it changes the machine that it runs on. The last
# line sums up the tests: passed, failed, skipped.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../lib/fresh_machine.sh
. "$(dirname -- "$0")/../lib/fresh_machine.sh"
tarball=$1
home=/home/user

export DEBIAN_FRONTEND=noninteractive
{
  apt-get -qq update
  apt-get -qq install -y --no-install-recommends sudo xz-utils
} >/dev/null 2>&1
make_user
sudo -u user -H tar -C "$home" -xJf "$tarball"
folder=$home/$(basename -- "$tarball" .tar.xz)
cd -- "$folder"
exec sudo -u user -H -- env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" USER=user LANG=C.UTF-8 \
  tests/run.sh </dev/null
