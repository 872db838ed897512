# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Makes the source of the packages out of the tree; source it.

# make_source TREE FOLDER: the upstream tarball and, beside it, the source with debian/ in it: the files
# that git knows or would, or all of them where the tree is no clone. Leaves `source_name` and
# `source_version`.
make_source() {
  local tree=$1 folder=$2 stamp tarball
  source_name=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Source)
  source_version=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Version)
  source_version=${source_version%-*}
  stamp=$(dpkg-parsechangelog -l "$tree/debian/changelog" -S Timestamp)
  tarball=$folder/${source_name}_$source_version.orig.tar.xz
  if [ -e "$tree/.git" ]; then
    git -C "$tree" -c safe.directory='*' ls-files -z --cached --others --exclude-standard
  else
    (cd -- "$tree" && find . -type f -printf '%P\0')
  fi | sort -z | while IFS= read -r -d '' file; do
    [ ! -f "$tree/$file" ] || printf '%s\0' "$file"
  done >"$folder/files"
  grep -zv '^debian/' "$folder/files" | tar -C "$tree" --null --no-recursion --files-from=- --mtime="@$stamp" \
    --owner=0 --group=0 --numeric-owner --mode=u+rwX,go+rX,go-w --transform="s,^,$source_name-$source_version/,S" -cJf "$tarball"
  tar -C "$folder" -xf "$tarball"
  grep -z '^debian/' "$folder/files" | tar -C "$tree" --null --files-from=- -c |
    tar -C "$folder/$source_name-$source_version" -x --no-same-owner
  rm -- "$folder/files"
}
