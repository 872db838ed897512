// SPDX-License-Identifier: LGPL-2.1-or-later
// Pipelines in which one allocation fails: `allocation_sweep [STEP [LAST]]` lets every STEP-th of
// the first LAST allocations of our libraries and of OpenCV fail, each in a process of its own,
// while the network is loaded, and while frames flow. None may crash or hang; loading ends with the
// error that memory ran out, if it does not succeed; of the frames none ends the stream, all go on,
// and people are found again after the failure.
#include <array>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include <execinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gst/app/gstappsrc.h>
#include <gst/gst.h>

#include "failing_allocations.h"
#include "support/scratch.h"
#include "support/synthetic.h"
#include "support/toy.h"

namespace
{

constexpr unsigned kPatience = 60; // seconds, for one process
constexpr int kFrames = 8;         // while allocations are counted
constexpr int kFramesAfter = 500;  // until people are back, at most
constexpr gulong kPace = 4000;     // microseconds from frame to frame
constexpr int kBeyond = 100;       // exit status: there are no so many allocations
constexpr int kAnnounced = 101;    // exit status: what is wrong was said

struct Scenario {
  const char *name;
  bool loading; // or while frames flow
  bool hands;
  const char *inference;
};
constexpr Scenario kScenarios[] = {
    {"loading", true, false, "every-frame"},
    {"loading hands, latest", true, true, "latest"},
    {"overlay, every frame", false, false, "every-frame"},
    {"overlay, latest", false, false, "latest"},
    {"overlay, live", false, false, "auto"}, // which starts its thread at the first frame
    {"hands on black, every frame", false, true, "every-frame"},
    {"hands on black, latest", false, true, "latest"},
};

struct Toy {
  const pose::KeypointSet &people = pose::keypoint_set(pose::KeypointSetId::Coco);
  const pose::KeypointSet &hands = pose::keypoint_set(pose::KeypointSetId::Hand);
  const pose::Size size = toy::picture_size(people);
  Scratch scratch;
  std::string model = scratch.write("people.onnx", toy::onnx(people));
  std::string hand_model = scratch.write("hands.onnx", toy::onnx(hands));
  std::vector<std::uint8_t> picture =
      toy::picture(people, synthetic::paint(people, toy::kMapSize,
                               {synthetic::figure(people, {24.f, 23.f}, 40.f)}, 0.8f, 0.8f));
};

std::string estimator(const std::string &model, pose::Size size, const char *inference)
{
  return "poseestimate backend=opencv model=" + model + " width=" + std::to_string(size.width) +
         " height=" + std::to_string(size.height) + " inference=" + inference +
         " post-messages=true attach-regions=true ";
}

std::string description(const Toy &toy, const Scenario &scenario)
{
  const std::string size =
      ",width=" + std::to_string(toy.size.width) + ",height=" + std::to_string(toy.size.height);
  std::string text = "appsrc is-live=true name=in format=time caps=video/x-raw,format=GRAY8" +
                     size + ",framerate=25/1 ! " +
                     estimator(toy.model, toy.size, scenario.inference) + "name=pose ";
  if (scenario.hands)
    text += "! " + estimator(toy.hand_model, toy::picture_size(toy.hands), scenario.inference) +
            "regions=people ! poseoverlay background=black "
            "style=limbs+points+boxes+ids+names+status ! posejson ";
  else
    text += "overlay=true overlay-style=limbs+points+boxes+ids+names+status ! posejson ";
  return text + "! fakesink sync=false async=false";
}

std::atomic<int> passed{0}; // frames that left the estimator

GstPadProbeReturn count_frame(GstPad *, GstPadProbeInfo *, gpointer)
{
  passed++;
  return GST_PAD_PROBE_OK;
}

[[noreturn]] void say(const char *what, const std::string &detail = {})
{
  std::fprintf(stderr, "%s %s\n", what, detail.c_str());
  failing::tell(STDERR_FILENO);
  _exit(kAnnounced);
}

void crash(int signal)
{
  failing::stop();
  constexpr char kText[] = "killed; the allocation that failed, and the crash:\n";
  static_cast<void>(!write(STDERR_FILENO, kText, sizeof kText - 1));
  failing::tell(STDERR_FILENO);
  std::array<void *, 24> frames;
  backtrace_symbols_fd(frames.data(), backtrace(frames.data(), int(frames.size())), STDERR_FILENO);
  _exit(128 + signal);
}

/* Ends the process if there is an error on the bus. */
void check_bus(GstBus *bus, bool loading)
{
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  if (message == nullptr)
    return;
  GError *error = nullptr;
  gchar *debug = nullptr;
  gst_message_parse_error(message, &error, &debug);
  if (loading && g_error_matches(error, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT))
    _exit(0);
  say(loading ? "another error than that memory ran out:" : "the stream ended:",
      std::string(error->message) + " " + (debug != nullptr ? debug : ""));
}

/* People found so far, in all analyses. */
guint64 people_of(GstElement *element)
{
  GstStructure *stats = nullptr;
  g_object_get(element, "stats", &stats, nullptr);
  guint64 people = 0;
  gst_structure_get_uint64(stats, "people", &people);
  gst_structure_free(stats);
  return people;
}

void push(GstAppSrc *source, GstBus *bus, const Toy &toy, int number)
{
  GstBuffer *buffer = gst_buffer_new_memdup(toy.picture.data(), toy.picture.size());
  GST_BUFFER_PTS(buffer) = GstClockTime(number) * GST_SECOND / 25;
  GST_BUFFER_DURATION(buffer) = GST_SECOND / 25;
  gst_app_src_push_buffer(source, buffer);
  while (passed <= number) {
    check_bus(bus, false);
    g_usleep(200);
  }
  g_usleep(kPace);
}

/* In a process of its own; never returns. */
[[noreturn]] void play(const Toy &toy, const Scenario &scenario, long index)
{
  alarm(kPatience);
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGALRM})
    std::signal(signal, crash);
  GstElement *pipeline = gst_parse_launch(description(toy, scenario).c_str(), nullptr);
  if (pipeline == nullptr)
    say("no such pipeline");
  GstElement *element = gst_bin_get_by_name(GST_BIN(pipeline), "pose");
  GstPad *pad = gst_element_get_static_pad(element, "src");
  gst_pad_add_probe(pad, GST_PAD_PROBE_TYPE_BUFFER, count_frame, nullptr, nullptr);
  auto *source = GST_APP_SRC(gst_bin_get_by_name(GST_BIN(pipeline), "in"));
  GstBus *bus = gst_element_get_bus(pipeline);

  if (scenario.loading)
    failing::start(index);
  const GstStateChangeReturn started = gst_element_set_state(pipeline, GST_STATE_PLAYING);
  if (scenario.loading)
    failing::stop();
  check_bus(bus, true);
  if (started == GST_STATE_CHANGE_FAILURE)
    say("no start, and no error");

  int number = 0;
  if (!scenario.loading)
    failing::start(index);
  while (number < kFrames)
    push(source, bus, toy, number++);
  failing::stop();
  if (!failing::happened())
    _exit(kBeyond);
  const guint64 before = people_of(element);
  do
    push(source, bus, toy, number++);
  while (people_of(element) == before && number < kFramesAfter);
  check_bus(bus, false);
  if (people_of(element) == before)
    say("nobody is found any more");
  gst_element_set_state(pipeline, GST_STATE_NULL);
  _exit(0);
}

/* Returns the exit status. */
int run(const Toy &toy, const Scenario &scenario, long index)
{
  const pid_t child = fork();
  if (child == 0)
    play(toy, scenario, index);
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace

int main(int argc, char **argv)
{
  const long step = argc > 1 ? std::atol(argv[1]) : 10;
  const long last = argc > 2 ? std::atol(argv[2]) : 500;
  gst_init(nullptr, nullptr);
  for (const char *needed : {"appsrc", "fakesink", "poseestimate", "poseoverlay", "posejson"}) {
    GstElementFactory *factory = gst_element_factory_find(needed);
    if (factory == nullptr) {
      std::fprintf(stderr, "skipped: there is no element %s\n", needed);
      return 77;
    }
    gst_object_unref(gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory)));
    gst_object_unref(factory);
  }
  const Toy toy;
  int failed = 0;
  for (const Scenario &scenario : kScenarios) {
    long runs = 0;
    for (long index = 0; index < last; index += step) {
      const int status = run(toy, scenario, index);
      if (status == kBeyond)
        break;
      runs++;
      if (status == 0)
        continue;
      failed++;
      std::fprintf(
          stderr, "^ %s: allocation %ld: exit status %d\n\n", scenario.name, index, status);
    }
    std::printf("%s: %ld allocations failed\n", scenario.name, runs);
    std::fflush(stdout);
  }
  std::printf("%d runs went wrong\n", failed);
  return failed == 0 ? 0 : 1;
}
