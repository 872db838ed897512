# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# For demo.sh; source it, do not run it. What a first run needs, as much at a time as goes: while the
# packages to run with are installed and a network is fetched, the plugin compiles, and the sample is
# downloaded. What is there already costs nothing.

# shellcheck source=SCRIPTDIR/setup.sh
. "$(dirname -- "${BASH_SOURCE[0]}")/setup.sh"

# Jobs in the background by name: their process, which leads a group, and what they write.
declare -A job_of=() log_of=()

# in_background NAME COMMAND...: without a terminal to read from, and out of reach of its Ctrl-C.
in_background() {
  local name=$1
  shift
  log_of[$name]=$(mktemp)
  set -m
  "$@" </dev/null >"${log_of[$name]}" 2>&1 &
  job_of[$name]=$!
  set +m
}

# finish NAME ERROR...: waits for a job, shows what Ninja is at where there is a terminal, and what the job
# wrote if it failed.
finish() {
  local name=$1 pid=${job_of[$1]} log=${log_of[$1]} status=0
  if [ -t 2 ]; then
    while kill -0 "$pid" 2>/dev/null; do
      printf '\r\033[K%.78s' "$(grep -o '^\[[0-9/]*\] [A-Z][a-z]*' "$log" | tail -n 1)" >&2
      sleep 0.5
    done
    printf '\r\033[K' >&2
  fi
  wait "$pid" || status=$?
  unset "job_of[$name]"
  if [ "$status" != 0 ]; then
    tail -n 40 -- "$log" >&2
    rm -f -- "$log"
    shift
    fail "$@"
  fi
  rm -f -- "$log"
  unset "log_of[$name]"
}

# end_jobs: those that are left, when the script ends early.
end_jobs() {
  local name
  for name in "${!job_of[@]}"; do
    kill -TERM -- "-${job_of[$name]}" 2>/dev/null || true
    wait "${job_of[$name]}" 2>/dev/null || true
  done
  [ "${#log_of[@]}" = 0 ] || rm -f -- "${log_of[@]}"
  job_of=()
  log_of=()
}

# stopped: ends an interrupted run.
apt_at_work=
stopped() {
  say ""
  say "Stopped. What is done is kept: run it again to go on."
  [ -z "$apt_at_work" ] || say "Should packages be half installed, 'sudo dpkg --configure -a' finishes them."
  exit 130
}

# while_first_run: what to do when it ends early.
while_first_run() {
  trap end_jobs EXIT
  trap stopped INT TERM
}

# step TEXT: one more part of the work, with the seconds since the start.
step() { printf '%4d s  %s\n' "$SECONDS" "$*" >&2; }

# reaches HOST: whether it takes connections. Behind a proxy, only the proxy knows.
reaches() {
  [ -z "${https_proxy:-}${HTTPS_PROXY:-}${all_proxy:-}${ALL_PROXY:-}" ] || return 0
  # shellcheck disable=SC2016 # the inner shell expands it
  timeout 4 bash -c 'exec 3<>"/dev/tcp/$1/443"' reaches "$1" 2>/dev/null
}

# hosts_of NAME: the servers of a network in the catalogue.
hosts_of() {
  awk -v name="\"name\": \"$1\"" '
    index($0, "\"name\": ") == 5 { here = index($0, name) }
    here && match($0, /https:\/\/[^\/"]+/) { print substr($0, RSTART + 8, RLENGTH - 8) }' \
    "$root/models/catalogue.json" | sort -u
}

# can_be_reached NAME: whether a server of a network can be: asked before any package is there to ask
# with, so that nothing waits long for a server behind a firewall.
can_be_reached() {
  local host
  for host in $(hosts_of "$1"); do
    ! reaches "$host" || return 0
  done
  return 1
}

# plugin_at_hand: whether there is one that is not of the build folder (see prepare_plugin).
plugin_at_hand() {
  [ -n "${GST_PLUGIN_PATH_1_0:-}" ] || [ ! -f "$build/gst/libgstpose.so" ] || return 1
  has_element poseestimate
}

compile() {
  [ -f "$build/build.ninja" ] || configure "${quick_options[@]}"
  build_targets gst/libgstpose.so
}

# prepare_first_run GETTER GROUP...: the plugin, a network and packages of these groups; GETTER is a
# command that gets the sample, or `true`.
prepare_first_run() {
  local getter=$1 from=registry compiles=no
  shift
  local -a later=("$@")
  SECONDS=0
  while_first_run
  plugin_at_hand || compiles=yes
  if ! card_named default >/dev/null && ! card_named movenet-multipose >/dev/null && ! card_at_hand >/dev/null; then
    later+=(fetch)
    ! can_be_reached lightweight-coco || from=lightweight-coco
  else
    from=
  fi
  tell_plan "$compiles" "$from" "$getter" "${later[@]}"
  apt_at_work=yes
  if [ "$compiles" = yes ]; then
    install_missing build
    [ -f "$build/gst/libgstpose.so" ] || step "The plugin compiles from here on, in the background"
    in_background plugin compile
  fi
  if [ "$getter" != true ]; then
    [ "$lists_are_new" = yes ] || is_offered opencv-doc || update_lists
    in_background sample "$getter"
  fi
  install_missing "${later[@]}"
  apt_at_work=
  [ -z "$from" ] || fetch_from "$from"
  [ "$getter" = true ] || finish sample "the sample could not be had, for the reason above: name a video" \
    "instead, as in pipelines/demo.sh video.mp4"
  if [ "$compiles" = yes ]; then
    finish plugin "the plugin could not be built, for the reason above"
    use_built_plugin
  fi
  trap - EXIT INT TERM
  [ "$SECONDS" -lt 3 ] || step "Everything is there"
}

# fetch_from SERVER: a network from there, else from the next.
fetch_from() {
  if [ "$1" = lightweight-coco ]; then
    step "Fetching the network lightweight-coco"
    fetch_model
  else
    step "The servers of the network lightweight-coco cannot be reached: fetching movenet-multipose"
    "$root/models/fetch" movenet-multipose >/dev/null ||
      fail "no network could be fetched, for the reason above; docs/models.md tells how to get one by hand"
  fi
}

# tell_plan COMPILES FROM GETTER GROUP...: what there is to do, and about how long it takes; nothing
# where everything is there.
tell_plan() {
  local compiles=$1 from=$2 getter=$3 packages=0
  local -a groups=("${@:4}") parts=()
  [ "$compiles" = no ] || groups+=(build)
  ! has_program dpkg-query || packages=$(missing "${groups[@]}" | wc -l)
  [ "$packages" = 0 ] || parts+=("packages from Debian (40 s)")
  [ "$compiles" = no ] || [ -f "$build/gst/libgstpose.so" ] || parts+=("the plugin (30 s, meanwhile)")
  case $from in
  registry) parts+=("a network (145 MB, 30 s)") ;;
  ?*) parts+=("a network (5 MB, 10 s)") ;;
  esac
  [ "$getter" = true ] || parts+=("a sample, meanwhile")
  [ "${#parts[@]}" = 0 ] || say "Getting what is missing:$(printf ' %s,' "${parts[@]}")" \
    "each about so long on two cores and a fast network."
}
