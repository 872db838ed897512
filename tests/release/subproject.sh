#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# subproject.sh: a project of others that asks for gstreamer-pose-1.0, which is not installed, builds
# this one as its subproject, and its program runs.

set -euo pipefail
here=$(cd -- "$(dirname -- "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
cp -R -- "$here/subproject" "$work/project"
mkdir -- "$work/project/subprojects"
ln -s -- "$(cd -- "$here/../.." && pwd)" "$work/project/subprojects/gst-pose"
cp -- "$here/subproject/gst-pose.wrap" "$work/project/subprojects/"
rm -- "$work/project/gst-pose.wrap"

cd -- "$work/project"
# Not one that is installed here.
meson setup --force-fallback-for=gst-pose build >setup.log 2>&1 || {
  cat setup.log
  exit 1
}
ninja -C build program
build/program
