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
lint() { lintian --allow-root --suppress-tags "$suppressed" --display-info --pedantic --tag-display-limit 0 "$@"; }
# For people, with what is overridden and why: Debian 12's lintian would fail for what it only shows.
lint --show-overrides --display-experimental --fail-on none "$1"/*.changes
lint --fail-on error,warning,info,pedantic "$1"/*.changes >/dev/null
