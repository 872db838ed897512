#!/usr/bin/env bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# user.sh TREE [PATTERN…]
#
# Types what README.md and docs/ of TREE tell a user to type, word for word, on a fresh Debian: as a
# user with sudo, in a clone. With patterns, such as 'docs/*', only the steps whose names match one,
# and those that they stand on. For `tests/releases.sh --readme`, which gives it a bare root; it
# changes the machine that it runs on. The last line sums up the steps: passed, failed, skipped.
# What is not typed is in not-run.txt, with the reason.

set -euo pipefail
# shellcheck source=SCRIPTDIR/../lib/steps.sh
. "$(dirname -- "$0")/../lib/steps.sh"
# shellcheck source=SCRIPTDIR/../lib/fresh_machine.sh
. "$(dirname -- "$0")/../lib/fresh_machine.sh"
tree=$1
patterns=("${@:2}")
home=/home/user
clone=$home/gst-pose

# as_user COMMAND…: in the clone, with what a login gives a user.
as_user() {
  (cd "$clone" && sudo -u user -H -- env -i PATH=/usr/local/bin:/usr/bin:/bin HOME="$home" USER=user LANG=C.UTF-8 \
    XDG_RUNTIME_DIR=/tmp DISPLAY=":$screen_number" "$@") </dev/null
}

# is_wanted NAME: whether a step is to be done, as far as the patterns tell.
is_wanted() {
  local pattern
  [ "${#patterns[@]}" -gt 0 ] || return 0
  for pattern in "${patterns[@]}"; do
    # shellcheck disable=SC2053 # a pattern it is
    [[ $1 != $pattern ]] || return 0
  done
  return 1
}

# promise NAME COMMAND…: a step that is done if it is wanted; others stand on no promise.
promise() {
  ! is_wanted "$1" || step "$@"
}

# block FILE HEADING LANGUAGE N: the Nth block of code in that language below that heading.
block() {
  awk -v heading="$2" -v language="$3" -v wanted="$4" '
    /^```/ { if (inside) { inside = 0 } else if (here && $0 == "```" language && ++n == wanted) { inside = 1; next } else if (here) { other = !other }
             next }
    /^#+ / && !inside && !other { title = $0; sub(/^#+ +/, "", title); here = title == heading }
    inside { print }' "$clone/$1"
}

# type_block FILE HEADING N [SED-SCRIPT]: types a block of shell; the script puts a real file or sink
# in the place of one that a fresh machine does not have.
type_block() {
  local text
  text=$(block "$1" "$2" sh "$3" | sed -E "${4:-}")
  [ -n "$text" ] || {
    echo "$1 has no block of shell number $3 under '$2'"
    return 1
  }
  printf '$ %s\n' "$text"
  as_user "${shell[@]}" "$text"
}
shell=(bash -euo pipefail -c)

# short_video: a few seconds of people, for what follows.
short_video() {
  [ -s "$clone/annotated.mp4" ] || as_user pipelines/demo.sh --frames 25 || return 1
  as_user gst-launch-1.0 -q filesrc location=annotated.mp4 ! decodebin ! identity eos-after=25 ! videoconvert ! \
    x264enc ! mp4mux ! filesink location=short.mp4 || true # identity's end is an error to gst-launch-1.0
  [ -s "$clone/short.mp4" ]
}

# frames FILE: how many frames a player finds in it.
frames() {
  as_user gst-launch-1.0 -v filesrc location="$1" ! decodebin ! identity silent=false ! fakesink 2>&1 |
    grep -c 'chain .*identity0:sink' || true
}

leaves_both_files() {
  local lines
  type_block README.md "Two commands" 1 || return 1
  lines=$(wc -l <"$clone/poses.jsonl")
  printf '%s frames, %s lines\n' "$(frames annotated.mp4)" "$lines"
  [ "$lines" -gt 0 ] && [ "$(frames annotated.mp4)" = "$lines" ]
}

tests_pass() {
  type_block README.md "Two commands" 2 | tee /tmp/tests.log | tail -n 40
  tail -n 1 /tmp/tests.log | grep -E '^[1-9][0-9]* passed, 0 failed, [0-9]+ skipped$' && return 0
  grep -E ' (FAIL|TIMEOUT) |^(FAIL|ERROR): |Error: |:[FE]:|\[  FAILED' /tmp/tests.log
  return 1
}

# shows_a_video: README's first pipeline.
shows_a_video() {
  fills_the_screen type_block README.md "Five pipelines" 1 "s#location=video#location=$clone/annotated#"
}

knows_the_elements() {
  local element
  for element in poseestimate poseoverlay posejson; do
    as_user gst-inspect-1.0 "$element" >/dev/null || return 1
  done
  as_user posecam --help >/dev/null
}

# people_in_c, people_in_python: the whole programs of docs/metadata.md find people in a video.
people_in_c() {
  block docs/metadata.md "In C" c 1 >/tmp/wrists.c
  as_user cp /tmp/wrists.c wrists.c
  # shellcheck disable=SC2016 # pkg-config runs in the inner shell
  as_user bash -euc 'cc -Wall -Wextra -Werror -o /tmp/poses wrists.c $(pkg-config --cflags --libs gstreamer-pose-1.0)' &&
    type_block docs/metadata.md "In C" 1 &&
    as_user bash -euc './wrists short.mp4 | tee /tmp/c.txt | tail -n 2' && grep -q wrist /tmp/c.txt
}

people_in_python() {
  block docs/metadata.md "In Python" python 1 >/tmp/poses.py
  as_user bash -euc '/usr/bin/python3 /tmp/poses.py short.mp4 | tee /tmp/py.txt | tail -n 2' &&
    diff <(grep -c wrist /tmp/c.txt) <(grep -c wrist /tmp/py.txt)
}

# readme_in_c, readme_in_python: the probes that README shows do in a program what it says.
readme_in_python() {
  {
    printf 'import sys\nimport gi\ngi.require_version("Gst", "1.0")\n'
    block README.md "In your program" python 1
    cat <<'END'
Gst.init(None)
pipeline = Gst.parse_launch("filesrc location=short.mp4 ! decodebin ! videoconvert ! poseestimate ! fakesink name=end")
pipeline.get_by_name("end").get_static_pad("sink").add_probe(Gst.PadProbeType.BUFFER, on_frame)
pipeline.set_state(Gst.State.PLAYING)
message = pipeline.get_bus().timed_pop_filtered(Gst.CLOCK_TIME_NONE, Gst.MessageType.EOS | Gst.MessageType.ERROR)
pipeline.set_state(Gst.State.NULL)
sys.exit(message.type != Gst.MessageType.EOS)
END
  } >/tmp/readme.py
  as_user bash -euc '/usr/bin/python3 /tmp/readme.py | tee /tmp/readme-py.txt | tail -n 2' &&
    grep -q '^a nose at' /tmp/readme-py.txt
}

readme_in_c() {
  {
    block README.md "In your program" c 1
    cat <<'END'
int main(int argc, char **argv)
{
  gst_init(&argc, &argv);
  GstElement *pipeline = gst_parse_launch(
      "filesrc location=short.mp4 ! decodebin ! videoconvert ! poseestimate ! fakesink name=end", NULL);
  GstElement *end = gst_bin_get_by_name(GST_BIN(pipeline), "end");
  gst_pad_add_probe(gst_element_get_static_pad(end, "sink"), GST_PAD_PROBE_TYPE_BUFFER, on_frame, NULL, NULL);
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstMessage *message = gst_bus_timed_pop_filtered(gst_element_get_bus(pipeline), GST_CLOCK_TIME_NONE,
      GST_MESSAGE_EOS | GST_MESSAGE_ERROR);
  gst_element_set_state(pipeline, GST_STATE_NULL);
  return GST_MESSAGE_TYPE(message) != GST_MESSAGE_EOS;
}
END
  } >/tmp/readme.c
  # shellcheck disable=SC2016
  as_user bash -euc 'cc -Wall -o /tmp/readme /tmp/readme.c $(pkg-config --cflags --libs gstreamer-pose-1.0)
    /tmp/readme | tee /tmp/readme-c.txt | tail -n 2' && grep -q '^a nose at' /tmp/readme-c.txt
}

gets_a_network() {
  type_block README.md Install 3 && return 0
  skip "the server of lightweight-coco cannot be reached from here; taking movenet-multipose, as README says"
  as_user models/fetch movenet-multipose
}

is_gone() {
  as_user sudo ninja -C build-usr uninstall >/dev/null
  [ -z "$(find /usr -path '*gst*pose*' -type f -o -name 'posecam*' -type f -o -iname '*gstpose*' -type f)" ]
}

# shellcheck source=SCRIPTDIR/docs.sh
. "$tree/tests/readme/docs.sh"

# A user has these before the clone.
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq install -y --no-install-recommends ca-certificates git sudo >/dev/null 2>&1
make_user
git config --system --add safe.directory '*' # the tree here is another user's
sudo -u user -H git clone -q "$tree" "$clone"

promise "pipelines/demo.sh leaves both files" leaves_both_files
promise "pipelines/demo.sh --hands does, too" as_user pipelines/demo.sh --hands --frames 20 --out hands
[ "${#patterns[@]}" -gt 0 ] || step "a short video of it" short_video

shell=(meson devenv -C build bash -euo pipefail -c)
in_clone="s#location=video#location=$clone/short#; s#location=poses#location=$clone/lines#"
promise "README's pipeline that shows a video" shows_a_video
promise "README's pipeline that writes keypoints" type_block README.md "Five pipelines" 2 "$in_clone"
promise "it wrote a line a frame" test "$(wc -l <"$clone/lines.jsonl")" = "$(frames short.mp4)"
shell=(bash -euo pipefail -c)

promise "tests/run.sh passes" tests_pass
skip "README's packages: tests/releases.sh --packages has them"
step "README's way to install" type_block README.md Install 2
step "a network for it" gets_a_network
[ -s "$clone/short.mp4" ] || step "a short video of people" short_video
promise "every shell knows the elements and posecam" knows_the_elements
promise "README's probe in Python" readme_in_python
promise "README's probe in C" readme_in_c
promise "the program in C of docs/metadata.md" people_in_c
promise "the program in Python of docs/metadata.md" people_in_python
type_docs
promise "nothing is left after uninstalling" is_gone

sum_up
