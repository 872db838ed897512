// SPDX-License-Identifier: LGPL-2.1-or-later
// exit() while the pipeline plays: `exit_while_playing [RUNS [WAY]]` starts so many processes, each
// of which calls exit(0) at a random moment, in one of the ways that applications have. None may
// crash or hang. A tenth of a percent once crashed: run a thousand, beside a busy machine, to be
// sure.
#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <string>

#include <execinfo.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gst/gst.h>

#include "support/scratch.h"
#include "support/toy.h"

namespace
{

constexpr unsigned kPatience = 60; // seconds, for one run

enum class Way {
  Main,    ///< the main thread, while frames flow
  Other,   ///< another thread, also while the network is being loaded
  Probe,   ///< the streaming thread, in a pad probe
  Handler, ///< the streaming thread, in the bus's sync handler, within the element's own frame
};
constexpr const char *kWays[] = {"main", "other", "probe", "handler"};

struct Run {
  Way way;
  const char *inference;
  int delay; ///< microseconds
};

std::string description(const std::string &model, pose::Size size, const Run &run)
{
  const std::string width = std::to_string(size.width);
  const std::string height = std::to_string(size.height);
  return "videotestsrc pattern=snow ! video/x-raw,format=GRAY8,width=" + width +
         ",height=" + height + ",framerate=500/1 ! poseestimate model=" + model +
         " width=" + width + " height=" + height + " inference=" + run.inference +
         " carry=flow post-messages=true overlay=true overlay-style=limbs+points+boxes+ids+status"
         " ! poseoverlay style=names ! fakesink name=sink sync=false async=false";
}

void leave(int delay)
{
  g_usleep(gulong(delay));
  std::exit(0);
}

void crash(int signal)
{
  std::array<void *, 32> frames;
  backtrace_symbols_fd(frames.data(), backtrace(frames.data(), int(frames.size())), STDERR_FILENO);
  _exit(128 + signal);
}

/* In a process of its own; never returns. */
void play(const std::string &model, pose::Size size, const Run &run)
{
  alarm(kPatience);
  for (const int signal : {SIGSEGV, SIGABRT, SIGBUS, SIGALRM})
    std::signal(signal, crash);
  static int delay;
  delay = run.delay;
  GstElement *pipeline = gst_parse_launch(description(model, size, run).c_str(), nullptr);
  if (pipeline == nullptr)
    _exit(2);
  if (run.way == Way::Other)
    g_thread_new(
        "leaves",
        [](gpointer) -> gpointer {
          leave(delay);
          return nullptr;
        },
        nullptr);
  if (run.way == Way::Probe) {
    GstElement *sink = gst_bin_get_by_name(GST_BIN(pipeline), "sink");
    GstPad *pad = gst_element_get_static_pad(sink, "sink");
    gst_pad_add_probe(
        pad, GST_PAD_PROBE_TYPE_BUFFER,
        [](GstPad *, GstPadProbeInfo *, gpointer) {
          leave(delay);
          return GST_PAD_PROBE_OK;
        },
        nullptr, nullptr);
  }
  if (run.way == Way::Handler) {
    GstBus *bus = gst_element_get_bus(pipeline);
    gst_bus_set_sync_handler(
        bus,
        [](GstBus *, GstMessage *message, gpointer) {
          if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ELEMENT)
            leave(delay);
          return GST_BUS_PASS;
        },
        nullptr, nullptr);
  }
  const GstStateChangeReturn started = gst_element_set_state(pipeline, GST_STATE_PLAYING);
  /* A network whose loading exit() came before is not started. */
  if (started == GST_STATE_CHANGE_FAILURE && run.way != Way::Other)
    _exit(3);
  if (run.way != Way::Main)
    for (;;)
      pause();
  leave(run.delay);
}

/* Whether the process ended as it should. */
bool ends_well(const std::string &model, pose::Size size, const Run &run, int number)
{
  const pid_t child = fork();
  if (child == 0)
    play(model, size, run);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
    return true;
  std::fprintf(stderr, "run %d: %s, by %s after %d us: %s %d\n", number, run.inference,
      kWays[int(run.way)], run.delay, WIFSIGNALED(status) ? "signal" : "exit status",
      WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
  return false;
}

} // namespace

int main(int argc, char **argv)
{
  const int runs = argc > 1 ? std::atoi(argv[1]) : 30;
  const int way = argc > 2 ? std::atoi(argv[2]) : -1;
  gst_init(nullptr, nullptr);
  for (const char *needed : {"videotestsrc", "fakesink", "poseestimate", "poseoverlay"}) {
    GstElementFactory *factory = gst_element_factory_find(needed);
    if (factory == nullptr) {
      std::fprintf(stderr, "skipped: there is no element %s\n", needed);
      return 77;
    }
    gst_object_unref(gst_plugin_feature_load(GST_PLUGIN_FEATURE(factory)));
    gst_object_unref(factory);
  }
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Hand);
  const Scratch scratch;
  const std::string model = scratch.write("toy.onnx", toy::onnx(set, 1));

  std::mt19937 random(unsigned(std::time(nullptr)));
  std::uniform_int_distribution<int> delays(0, 60'000);
  int failed = 0;
  for (int i = 0; i < runs; i++) {
    const Run run{
        Way(way < 0 ? i % 4 : way), i / 4 % 2 == 0 ? "latest" : "every-frame", delays(random)};
    failed += ends_well(model, toy::picture_size(set), run, i) ? 0 : 1;
  }
  std::printf("%d of %d runs crashed or hung\n", failed, runs);
  return failed == 0 ? 0 : 1;
}
