# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For demo.sh; source it, do not run it. The video that it takes when none is named.

# shellcheck source=SCRIPTDIR/setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

sample=${XDG_CACHE_HOME:-$HOME/.cache}/gst-pose/vtest.avi

# get_sample: the pedestrians, taken out of Debian's package once, without installing it.
get_sample() {
  local cache=${sample%/*} work
  mkdir -p -- "$cache"
  rm -rf -- "$cache"/opencv-doc.* # of a run that was killed
  work=$(mktemp -d -- "$cache/opencv-doc.XXXXXX")
  # shellcheck disable=SC2064 # as it is now
  trap "rm -rf -- $(printf %q "$work")" EXIT
  (cd "$work" && download_package opencv-doc)
  set +o pipefail # tar stops reading once it has the file
  dpkg-deb --fsys-tarfile "$work"/opencv-doc_*.deb 2>/dev/null |
    tar -xO --occurrence --wildcards '*/data/vtest.avi' >"$work/vtest.avi"
  [ -s "$work/vtest.avi" ]
  mv -- "$work/vtest.avi" "$sample"
}

# download_package NAME: its .deb, into the current folder.
download_package() {
  local -a quiet=(-qq)
  [ "$(id -u)" != 0 ] || quiet+=(-o APT::Sandbox::User=root)
  apt-get "${quiet[@]}" download "$1" || { apt update && apt-get "${quiet[@]}" download "$1"; }
}
