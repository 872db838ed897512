#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# lifecycle.sh TREE FOLDER
#
# Installs the packages of FOLDER/older in a bare root, upgrades to those of FOLDER/first, leaves what
# their programs would, removes and purges them, and compares the root with what it was before. It changes
# the machine that it runs on. The last line sums up the steps: passed, failed, skipped.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../lib/steps.sh
. "$(dirname -- "$0")/../lib/steps.sh"
tree=$1 folder=$2
export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -y -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-confold)
mapfile -t names < <(for file in "$folder"/first/*.deb; do dpkg-deb --field "$file" Package; done | grep -v -e -dbgsym)
read -r -a purged < <(grep -o 'sudo apt-get purge [^`]*' "$tree/README.md" | cut -d' ' -f4-)
packages_of() { for name in "${names[@]}"; do ls -- "$folder/$1/${name}"_*.deb; done; }
mapfile -t older < <(packages_of older)
mapfile -t newer < <(packages_of first)

# root FILE: everything in the root, but what apt, dpkg, the loader and the clock write as they work.
root() {
  find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /src -o -path /build -o -path /ccache -o -path /tmp -o -path /run \
    -o -path /var/lib/dpkg -o -path /var/lib/apt -o -path /var/cache/apt -o -path /var/cache/debconf \
    -o -path /var/log -o -path /etc/ld.so.cache -o -path /var/cache/ldconfig \) -prune -o \
    \( -type f -printf '%p %y %m %u:%g %s\n' -o -printf '%p %y %m %u:%g %l\n' \) | sort >"$1"
}

# versions_are SUFFIX: of all packages.
versions_are() {
  local name
  for name in "${names[@]}"; do
    [[ $(dpkg-query -W -f='${db:Status-Status} ${Version}' "$name") == "installed "*"$1" ]] || return 1
  done
}

# The service leaves this, as systemd has it with DynamicUser, and so does the administrator.
leaves_state() {
  local kind
  for kind in lib cache; do
    mkdir -p /var/$kind/private/posecam/home /var/$kind/posecam
    ln -sfn ../private/posecam/home /var/$kind/posecam/home
  done
  echo cached >/var/cache/private/posecam/home/registry
  mkdir -p /etc/systemd/system/multi-user.target.wants
  ln -sf /usr/lib/systemd/system/posecam@.service /etc/systemd/system/multi-user.target.wants/posecam@home.service
  mkdir -p /var/lib/gst-pose/models/some
  echo '{}' >/var/lib/gst-pose/models/some.json
  cp /usr/share/doc/posecam/examples/posecam.conf.example /etc/posecam/home.conf
}

keeps_configuration() {
  [ -f /etc/posecam/home.conf ] && [ -f /var/lib/gst-pose/models/some.json ] && [ ! -e /usr/bin/posecam ]
}

same() { diff /tmp/before "/tmp/$1"; }

# What they depend on stays: it is not what is tested.
apt-get -qq update
apt-get -s install --no-install-recommends "${newer[@]}" | awk '/^Inst/ { print $2 }' |
  grep -vxF -f <(printf '%s\n' "${names[@]}") >/tmp/dependencies
printf '%s packages are needed\n' "$(wc -l </tmp/dependencies)"
xargs -a /tmp/dependencies "${apt[@]}" install --no-install-recommends >/dev/null
mkdir -p /etc/systemd/system/multi-user.target.wants /var/lib/private /var/cache/private # systemd's
root /tmp/before

step "installs" "${apt[@]}" install --no-install-recommends "${older[@]}"
step "has the lower version" versions_are '~older'
leaves_state
step "upgrades" "${apt[@]}" install --no-install-recommends "${newer[@]}"
step "has the higher version" versions_are "$(dpkg-deb --field "${newer[0]}" Version)"
step "removes" "${apt[@]}" remove "${names[@]}"
step "keeps configuration and networks when removed" keeps_configuration
rm /etc/posecam/home.conf # the administrator's, and no package's
step "installs again" "${apt[@]}" install --no-install-recommends "${newer[@]}"
step "purges, as README says" "${apt[@]}" purge "${purged[@]}"
root /tmp/after
step "leaves nothing behind" same after

# Recordings are the only thing that cannot be made or fetched again.
"${apt[@]}" install --no-install-recommends "${newer[@]}" >/dev/null
leaves_state
rm /etc/posecam/home.conf
echo '{}' >/var/lib/private/posecam/home/poses.jsonl
"${apt[@]}" purge "${names[@]}" >/dev/null
step "leaves recordings alone" grep -q '{}' /var/lib/posecam/home/poses.jsonl

sum_up
