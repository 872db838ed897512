# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=sh
# Source it in the source tree: leaves a scratch folder in `scratch`, with a network without weights that
# finds one person in any picture, as the default. Nothing else of the tree is used.
scratch=${AUTOPKGTEST_TMP:?"autopkgtest names a folder in it"}
export HOME="$scratch" XDG_DATA_HOME="$scratch/data" POSE_MODEL_PATH="$scratch/networks"
mkdir -p -- "$POSE_MODEL_PATH"
/usr/bin/python3 -B -c '
import sys
sys.path.insert(0, "tests/http")
from pathlib import Path
from support import make_network
make_network(Path(sys.argv[1]))' "$POSE_MODEL_PATH"
