#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# installed.sh BUILD SOURCE: a C program outside the tree finds the metadata library through
# pkg-config, as `meson install` leaves it, compiles against its header alone, and runs; and the
# installed plugin is found by GStreamer.
set -euo pipefail
build=$1 source=$2
root=$(mktemp -d)
trap 'rm -rf -- "$root"' EXIT
DESTDIR=$root meson install -C "$build" --no-rebuild --quiet
library=$(dirname "$(find "$root" -name 'libgstpose-1.0.so')")
export PKG_CONFIG_PATH=$library/pkgconfig
# The library lies under the root for now; everybody else's prefix stays as it is.
sed -i "s|^prefix=|prefix=$root|" "$PKG_CONFIG_PATH/gstreamer-pose-1.0.pc"
flags=$(pkg-config --cflags --libs gstreamer-pose-1.0)
# shellcheck disable=SC2086 # flags are words
cc -Wall -Wextra -Werror -o "$root/program" "$source" $flags
LD_LIBRARY_PATH=$library "$root/program"

plugin=$(find "$root" -name 'libgstpose.so')
for element in poseestimate posejson poseoverlay; do
  LD_LIBRARY_PATH=$library GST_REGISTRY_1_0=$root/registry GST_PLUGIN_PATH_1_0=$(dirname "$plugin") \
    gst-inspect-1.0 "$element" >/dev/null
done
PYTHONPATH=$(find "$root" -path '*gst-pose/fetch') "$(find "$root" -name gst-pose-models)" list |
  grep -q '^lightweight-coco '
nm -D --defined-only "$plugin" | awk '{ print $3 }' | sort > "$root/symbols"
printf 'gst_plugin_pose_get_desc\ngst_plugin_pose_register\n' | diff - "$root/symbols"
echo "installed, compiled, ran; the plugin is found and has two symbols"
