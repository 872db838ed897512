#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Makes tests/data/maps-*.png again: record_maps.sh BUILD DATA
# BUILD is the build folder, DATA the folder with models/ and eval/coco-dev/images/.
# The photographs show nobody, 1, 5 and 28 people as the decoder counts them; they are not kept.
set -euo pipefail
build=$1 data=$2
here=$(cd "$(dirname "$0")" && pwd)
while read -r people photograph; do
  "$build/tests/benchmark/record_maps" "$data/models/human-pose-estimation-0001.onnx" 368 \
    "$data/eval/coco-dev/images/$photograph.jpg" "$here/../data/maps-$people.png"
done <<'PHOTOGRAPHS'
0 000000063217
1 000000084533
5 000000227000
28 000000538113
PHOTOGRAPHS
