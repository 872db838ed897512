#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lint.sh FOLDER
#
# Runs lintian on the source and the packages in FOLDER, and fails at any tag down to pedantic ones: what
# is wrong about a tag is argued where it is overridden. Experimental tags are guesses and only
# shown. One tag of every package is left out here: no bug asks for them, as they are not in Debian.

set -euo pipefail
lintian --allow-root --suppress-tags initial-upload-closes-no-bugs --fail-on error,warning,info,pedantic --display-info --display-experimental --pedantic \
  --show-overrides --tag-display-limit 0 "$1"/*.changes
