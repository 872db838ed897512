#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lint.sh FOLDER
#
# Runs lintian on the source and the packages in FOLDER, and fails at any tag down to pedantic ones: what
# is wrong about a tag is argued where it is overridden. Experimental tags are guesses and only
# shown. One tag of every package is left out here: no bug asks for them, as they are not in Debian. Four more are
# left out on Debian 12, whose lintian is older than what they are about: the policy's version, the build
# profile nogir, which debhelper has now, and words, for which it takes bytes of code before a text, too.

set -euo pipefail
suppressed=initial-upload-closes-no-bugs
. /etc/os-release
if [ "${VERSION_CODENAME:-}" = bookworm ]; then
  suppressed+=,newer-standards-version,spelling-error-in-binary
  suppressed+=,invalid-profile-name-in-build-profiles-field,invalid-profile-name-in-source-relation
fi
lintian --allow-root --suppress-tags "$suppressed" --fail-on error,warning,info,pedantic --display-info --display-experimental --pedantic \
  --show-overrides --tag-display-limit 0 "$1"/*.changes
