# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# The steps of docs/, for user.sh, which has the functions that type: on the machine on which README's way to
# install left the program and a network, with a short video of people in the clone.
# shellcheck disable=SC2154 # $clone and $home are user.sh's

# What stands in for what a bare machine does not have: cameras, and the reader's videos and broker.
stand_in='s#filesrc location=[a-z0-9]+\.(mp4|mpg)#filesrc location=short.mp4#
  s#v4l2src#videotestsrc num-buffers=20#
  s#/dev/video0#test#
  s#rtsp://[^l ;][^ ;]*#rtsp://localhost:8555/door#g
  s#mqtt://broker/#mqtt://localhost/#'

# has FILE…: whether each is there and not empty.
has() {
  local file
  for file; do
    [ -s "$file" ] || {
      printf 'there is nothing in %s\n' "$file"
      return 1
    }
  done
}

# says PATTERN…: whether what was typed last put out lines with each of them.
says() {
  local pattern
  for pattern; do
    grep -aqE -- "$pattern" /tmp/typed.txt || {
      printf "it does not say '%s'\n" "$pattern"
      return 1
    }
  done
}

# typed PAGE HEADING N CHECK…: types a block whose commands end, and checks.
typed() {
  local page=$1 heading=$2 number=$3
  shift 3
  type_block "$page" "$heading" "$number" "$stand_in" >/tmp/typed.txt 2>&1 || {
    tail -c 3000 /tmp/typed.txt
    return 1
  }
  grep -a '^\$ ' /tmp/typed.txt
  "$@"
}

# typed_for SECONDS PAGE HEADING N CHECK…: types a block with a command that does not end, ends it, and checks.
typed_for() {
  local seconds=$1 page=$2 heading=$3 number=$4 status=0 kept=("${shell[@]}")
  shift 4
  shell=(timeout --signal="${signal:-INT}" --kill-after=30 "$seconds" "${kept[@]}")
  type_block "$page" "$heading" "$number" "$stand_in" >/tmp/typed.txt 2>&1 || status=$?
  shell=("${kept[@]}")
  grep -a '^\$ ' /tmp/typed.txt
  [ "$status" = 0 ] || [ "$status" = 124 ] || {
    tail -c 3000 /tmp/typed.txt
    return 1
  }
  "$@" || {
    tail -c 3000 /tmp/typed.txt
    return 1
  }
}

# in_terminals SECONDS PAGE HEADING N CHECK…: types each command of a block in a terminal of its own, ends all,
# and checks what they said.
in_terminals() {
  local seconds=$1 page=$2 heading=$3 number=$4 line
  shift 4
  : >/tmp/typed.txt
  while IFS= read -r line; do
    printf '$ %s\n' "$line"
    (as_user timeout --signal=INT --kill-after=10 "$seconds" bash -c "$line" >>/tmp/typed.txt 2>&1 || true) &
    terminals+=("$!")
    sleep 4
  done < <(block "$page" "$heading" sh "$number" | sed -E ':more; /\\$/ { N; s/\\\n//; b more }' |
    sed -E "s#v4l2src#videotestsrc is-live=true#; $stand_in")
  wait "${terminals[@]}"
  terminals=()
  "$@" || {
    tail -c 3000 /tmp/typed.txt
    return 1
  }
}
terminals=()

# answers URL: whether a server says something there within half a minute.
answers() {
  local try
  for ((try = 0; try < 60; try++)); do
    curl -fsS --max-time 5 "$1" >/tmp/answer.txt 2>/dev/null && [ -s /tmp/answer.txt ] && return 0
    sleep 0.5
  done
  printf 'there is no answer at %s\n' "$1"
  return 1
}

# with_answer URL COMMAND…: runs it, and meanwhile asks there.
with_answer() {
  local url=$1 asking status=0
  shift
  answers "$url" &
  asking=$!
  "$@" || status=1
  wait "$asking" || status=1
  return "$status"
}

# typed_inline PAGE COMMAND CHECK…: types a command that stands in a sentence of the page, and checks.
typed_inline() {
  local page=$1 command=$2
  shift 2
  grep -qF -- "\`$command\`" "$clone/$page" || {
    printf '%s does not tell to type: %s\n' "$page" "$command"
    return 1
  }
  printf '$ %s\n' "$command"
  as_user "${shell[@]}" "$command" >/tmp/typed.txt 2>&1 || {
    tail -c 3000 /tmp/typed.txt
    return 1
  }
  "$@"
}

is_new() { rm -rf -- "${@/#/$clone/}"; }

count() { [ "$(find "$clone" -path "$clone/$2" -size +0 | wc -l)" -ge "$1" ] || { echo "there are fewer than $1 of $2"; return 1; }; }

# in_background COMMAND…: as the user, until type_docs ends.
in_background() {
  setpriv --reuid=user --regid=user --init-groups -- env -i PATH=/usr/bin:/usr/sbin HOME="$home" "$@" \
    </dev/null >"/tmp/${1##*/}.txt" 2>&1 &
  started+=("$!")
}

# A screen, a camera in the network, and a broker.
surroundings() {
  apt-get -qq install -y --no-install-recommends curl ffmpeg jq liblo-tools mosquitto mosquitto-clients npm \
    openssl xvfb >/dev/null 2>&1 || return 1
  Xvfb :77 -screen 0 1280x800x24 -noreset >/dev/null 2>&1 &
  started+=("$!")
  in_background posecam --status 0 --pose interval=100000 --serve 127.0.0.1:8555 door=test:ball
  in_background mosquitto -p 1883
  local try
  for ((try = 0; try < 60; try++)); do
    sleep 0.5
    { : </dev/tcp/localhost/8555; } 2>/dev/null && { : </dev/tcp/localhost/1883; } 2>/dev/null && return 0
  done
  return 1
}
started=()

# ten_cameras: of test pictures, as ten of the network are too much for a busy machine.
ten_cameras() {
  local stand_in='s#rtsp://[^ ;]*#test#'
  typed_for 150 docs/cameras.md Recipes 2 count 10 "recordings/cam*-*.mkv"
}

cameras() {
  local lines="door-*.jsonl"
  promise "docs/cameras.md: a camera" typed_for 20 docs/cameras.md "Cameras around the clock" 1 count 1 "recordings/door-*.mkv"
  is_new recordings
  promise "docs/cameras.md: an untouched recording" typed_for 20 docs/cameras.md Recipes 1 count 1 "recordings/door-*-clean.mkv"
  is_new recordings
  promise "docs/cameras.md: ten cameras" ten_cameras
  is_new recordings
  promise "docs/cameras.md: served again" in_terminals 40 docs/cameras.md Recipes 3 says "Sent PLAY request"
  promise "docs/cameras.md: a window" typed_for 20 docs/cameras.md Recipes 4 says '"camera":"desk"|desk'
  promise "docs/cameras.md: lines only" typed_for 20 docs/cameras.md Recipes 5 count 1 "poses/$lines"
  promise "docs/cameras.md: published" with_message 'poses/door/poses' typed_for 20 docs/cameras.md Recipes 6 true
  promise "docs/cameras.md: a browser" with_answer http://127.0.0.1:8080/healthz \
    typed_for 20 docs/cameras.md "Watching in a browser" 1 true
  promise "docs/page.md: a browser" with_answer http://127.0.0.1:8080/metrics \
    typed_for 20 docs/page.md "Cameras in a browser" 1 true
  promise "docs/page.md: other machines" with_answer http://127.0.0.1:8080/ typed_for 20 docs/page.md "Other machines" 1 true
  promise "docs/page.md: its paths" paths_of_the_page
  promise "docs/fleet.md: a fleet" a_fleet
}

# with_message TOPIC COMMAND…: runs it, and meanwhile waits for a message.
with_message() {
  local topic=$1 asking status=0
  shift
  mosquitto_sub -C 1 -W 60 -t "$topic" >/tmp/message.txt &
  asking=$!
  "$@" || status=1
  wait "$asking" || status=1
  return "$status"
}

paths_of_the_page() {
  local server status=0
  in_background posecam --http 8080 door=test:ball
  server=$!
  answers http://127.0.0.1:8080/healthz && in_terminals 15 docs/page.md Paths 1 says '"people"' || status=1
  kill "$server"
  wait "$server" || true
  return "$status"
}

a_fleet() {
  signal=TERM typed_for 60 docs/fleet.md "On one computer, to try it out" 1 \
    says 'site/hall/door/status' 'site/yard/gate/status' 'site/shed/bench/status'
}

coco_of_photographs() {
  as_user mkdir -p photos &&
    as_user gst-launch-1.0 -q filesrc location=short.mp4 ! decodebin ! videoconvert ! jpegenc ! \
      multifilesink location=photos/%06d.jpg &&
    typed docs/posejson.md COCO 2 has "$clone/results.json"
}

pipelines() {
  promise "README's webcam" typed README.md "Five pipelines" 3 true
  promise "README's network camera" typed_for 20 README.md "Five pipelines" 4 says "Sent PLAY request"
  promise "README's recording" typed README.md "Five pipelines" 5 has "$clone/people.mp4" "$clone/people.jsonl"
  promise "docs/poseestimate.md: every frame" typed docs/poseestimate.md Pipelines 1 true
  promise "docs/poseestimate.md: a network camera" typed_for 20 docs/poseestimate.md Pipelines 2 says "Sent PLAY request"
  promise "docs/poseestimate.md: a clean recording" typed docs/poseestimate.md Pipelines 3 has "$clone/camera.mp4" "$clone/camera.jsonl"
  promise "docs/poseestimate.md: nothing carried" typed docs/poseestimate.md Pipelines 4 says '"people"'
  promise "docs/posejson.md: OpenPose's files" typed docs/posejson.md OpenPose 1 count 10 "cam1_json/cam1_*_keypoints.json"
  promise "docs/posejson.md: CSV" typed docs/posejson.md CSV 1 has "$clone/poses.csv"
  promise "docs/posejson.md: COCO" typed docs/posejson.md COCO 1 has "$clone/results.json"
  is_new results.json
  promise "docs/posejson.md: COCO of photographs" coco_of_photographs
  promise "docs/posejson.md: a video" typed docs/posejson.md Pipelines 1 has "$clone/poses.jsonl"
  promise "docs/json.md: read with jq" typed docs/json.md "Reading them" 1 says '^[0-9]+'
  promise "docs/posejson.md: a camera" typed docs/posejson.md Pipelines 2 has "$clone/video.mp4"
  promise "docs/posejson.md: people counted" typed docs/posejson.md Pipelines 3 says '^[0-9]+$'
  promise "docs/poseoverlay.md: a clean recording" typed docs/poseoverlay.md Pipelines 1 has "$clone/clean.mp4"
  promise "docs/poseoverlay.md: scaled" typed docs/poseoverlay.md Pipelines 2 true
  promise "docs/poseoverlay.md: on black" typed docs/poseoverlay.md Pipelines 3 has "$clone/skeletons.mp4"
  promise "docs/poseoverlay.md: half transparent" typed docs/poseoverlay.md Pipelines 5 has "$clone/poses.jsonl"
  promise "docs/neighbours.md: interlaced" typed docs/neighbours.md "Interlaced video" 1 has "$clone/poses.jsonl"
  promise "docs/posepublish.md: a broker" in_terminals 40 docs/posepublish.md posepublish 1 says '^poses/door/'
  promise "docs/osc.md: OSC" in_terminals 40 docs/osc.md "Poses as OSC" 1 says '/pose/people'
  if as_user gst-inspect-1.0 --exists unixfdsink; then
    promise "docs/metadata.md: another process" in_terminals 40 docs/metadata.md "In another process" 1 has "$clone/poses.jsonl"
  else
    skip "docs/metadata.md, In another process: this GStreamer has no unixfdsink"
  fi
}

hands() {
  promise "docs/hands.md: a network of hands" typed docs/hands.md "Hands, faces and bodies in crops" 1 has "$clone/poses.jsonl"
  promise "docs/hands.md: regions of other elements" typed docs/hands.md "Regions of other elements" 1 says '"people"|"hands"'
  promise "docs/poseoverlay.md: hands" typed docs/poseoverlay.md Pipelines 4 true
}

sentences() {
  promise "docs/models.md: what there is" typed_inline docs/models.md "models/fetch list" says lightweight-coco
  promise "docs/poseestimate.md: what was fetched" typed_inline docs/poseestimate.md "models/fetch verify" true
  promise "docs/poseestimate.md: the best" typed_inline docs/poseestimate.md "models/fetch best" says json
  promise "docs/models.md: help" typed_inline docs/models.md "models/fetch --help" says accept-licence
  promise "docs/metadata.md: the flags" typed_inline docs/metadata.md "pkg-config --cflags --libs gstreamer-pose-1.0" \
    says lgstpose-1.0
  promise "docs/fleet.md: a status taken away" typed_inline docs/fleet.md "mosquitto_pub -r -n -t site/hall/door/status" true
  promise "docs/hacking.md: the package" typed_inline docs/hacking.md "gst-inspect-1.0 pose" says poseoverlay
  promise "CONTRIBUTING.md: the version" typed_inline CONTRIBUTING.md "gst-inspect-1.0 --version" says GStreamer
  promise "CONTRIBUTING.md: the plugin" typed_inline CONTRIBUTING.md "gst-inspect-1.0 poseestimate" says keypoint-threshold
  promise "docs/poseestimate.md: why it cannot be loaded" typed_inline docs/poseestimate.md \
    "GST_DEBUG=GST_PLUGIN_LOADING:4 gst-inspect-1.0 poseestimate" says GST_PLUGIN_LOADING
}

# hacking: what docs/hacking.md says of a build, in one with the tests.
hacking() {
  local page=docs/hacking.md
  promise "$page: packages of tests" as_user bash -euc '. pipelines/lib/setup.sh; install_missing docs test'
  promise "$page: the build" typed docs/hacking.md Build 1 says keypoint-threshold
  promise "$page: options" typed_inline docs/hacking.md "meson configure build" says introspection
  promise "$page: the site" typed_inline docs/hacking.md "meson compile -C build site" has "$clone/build/docs/gst-pose/index.html"
  promise "$page: a suite" typed_inline docs/hacking.md "meson test -C build --suite engine" says '^Fail: +0'
  promise "$page: a program" typed_inline docs/hacking.md "meson test -C build peaks -v" says '\[  PASSED  \]'
  promise "$page: a case" typed_inline docs/hacking.md "build/tests/engine/decode_tests --gtest_filter='*Border*'" says PASSED
  promise "$page: tests of a name" typed_inline docs/hacking.md "GST_CHECKS='takes_a_model*' meson test -C build poseestimate -v" \
    says '100%: Checks: [1-9]'
}

type_docs() {
  step "a screen, a camera and a broker" surroundings
  pipelines
  cameras
  hands
  sentences
  hacking
  kill "${started[@]}" 2>/dev/null || true
}
