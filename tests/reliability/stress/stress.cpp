// SPDX-License-Identifier: LGPL-2.1-or-later
// stress CHECK VOLUME [SEED] [--timed]
//
// Runs one check: prints its figure, and how to repeat it where the promise was broken; exits with
// 1 then, and with 77 where an element is missing. Without arguments: the checks, and what their
// volumes count.
#include "stress.h"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>

#include "support/toy.h"

namespace stress
{

namespace
{

constexpr Check kChecks[] = {
    {"states", "state cycles", states},
    {"frames", "frames", frames},
    {"caps", "changes of caps", caps},
    {"instances", "frames", instances},
    {"processes", "processes", processes},
    {"teardown", "stops", teardown},
    {"corrupt", "files", corrupt},
};

std::atomic<long> seen{0};

/* Counts what is critical, and shows the first of it. */
GLogWriterOutput write_log(GLogLevelFlags level, const GLogField *fields, gsize count, gpointer)
{
  constexpr long kShown = 20;
  if ((level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_ERROR)) == 0 || seen++ >= kShown)
    return G_LOG_WRITER_HANDLED;
  return g_log_writer_standard_streams(level, fields, count, nullptr);
}

std::string properties(const std::string &model, pose::Size size)
{
  return text("model=%s width=%d height=%d ", model.c_str(), size.width, size.height);
}

/* Maps of 4 x 4 values, all of them means of the frame's blue. */
std::string tiny_onnx()
{
  const pose::Size size{32, 32};
  sketch::Network network("tiny", size);
  network.cut("colours", "image", {"b", "g", "r"}, {1, {1, 1, 1}});
  network.mean("small", "b", 8);
  network.stack("net_output",
      std::vector<std::string>(
          std::size_t(layout_of(pose::keypoint_set(pose::KeypointSetId::Coco)).channels()),
          "small"));
  return network.onnx();
}

int list_checks()
{
  std::printf("stress CHECK VOLUME [SEED] [--timed]\n");
  for (const Check &check : kChecks)
    std::printf("  %-10s VOLUME counts %s\n", check.name, check.unit);
  return 2;
}

int run(const Check &check, const Request &request)
{
  const gint64 begin = g_get_monotonic_time();
  const Outcome outcome = check.run(request);
  std::printf("%s: %ld %s, %s; %ld criticals, %.1f s, seed %u\n", check.name, request.volume,
      check.unit, outcome.figure.c_str(), criticals(),
      double(g_get_monotonic_time() - begin) / G_USEC_PER_SEC, request.seed);
  if (outcome.kept && criticals() == 0)
    return 0;
  std::printf("BROKEN; again: stress %s %ld %u%s\n", check.name, request.volume, request.seed,
      request.timed ? " --timed" : "");
  return 1;
}

} // namespace

long criticals()
{
  return seen;
}

long alive()
{
  long count = -1;
  GList *tracers = gst_tracing_get_active_tracers();
  for (GList *each = tracers; each; each = each->next) {
    if (std::strcmp(G_OBJECT_TYPE_NAME(each->data), "GstLeaksTracer") != 0)
      continue;
    GstStructure *info = nullptr;
    g_signal_emit_by_name(each->data, "get-live-objects", &info);
    count = gst_value_list_get_size(gst_structure_get_value(info, "live-objects-list"));
    gst_structure_free(info);
  }
  g_list_free_full(tracers, gst_object_unref);
  return count;
}

long memory(const std::string &name)
{
  std::ifstream status("/proc/self/status");
  std::string line;
  while (std::getline(status, line))
    if (line.compare(0, name.size() + 1, name + ":") == 0)
      return std::atol(line.c_str() + name.size() + 1);
  return -1;
}

double slope(const std::vector<std::pair<double, double>> &points)
{
  std::vector<double> slopes;
  for (std::size_t a = 0; a < points.size(); a++)
    for (std::size_t b = a + 1; b < points.size(); b++)
      slopes.push_back((points[b].second - points[a].second) / (points[b].first - points[a].first));
  if (slopes.empty())
    return 0.0;
  const auto middle = slopes.begin() + std::ptrdiff_t(slopes.size() / 2);
  std::nth_element(slopes.begin(), middle, slopes.end());
  return *middle;
}

std::string text(const char *format, ...)
{
  std::va_list arguments;
  va_start(arguments, format);
  gchar *made = g_strdup_vprintf(format, arguments);
  va_end(arguments);
  const std::string result = made;
  g_free(made);
  return result;
}

int draw(Random &random, int least, int most)
{
  return std::uniform_int_distribution<int>(least, most)(random);
}

Networks::Networks()
{
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Coco);
  const int burden = 40;
  tiny_ = properties(scratch_.write("tiny.onnx", tiny_onnx()), {32, 32});
  toy_ = properties(scratch_.write("toy.onnx", toy::onnx(set)), toy::picture_size(set));
  slow_ = properties(scratch_.write("slow.onnx", toy::onnx(set, burden)), toy::picture_size(set));
}

} // namespace stress

int main(int argc, char **argv)
{
  std::vector<std::string> arguments(argv + 1, argv + argc);
  stress::Request request;
  const auto timed = std::find(arguments.begin(), arguments.end(), "--timed");
  if (timed != arguments.end()) {
    request.timed = true;
    arguments.erase(timed);
  }
  if (arguments.size() < 2 || arguments.size() > 3)
    return stress::list_checks();
  request.volume = std::atol(arguments[1].c_str());
  if (arguments.size() > 2)
    request.seed = unsigned(std::strtoul(arguments[2].c_str(), nullptr, 10));
  if (arguments[0] == "hash") {
    gst_init(nullptr, nullptr);
    std::printf("%s\n", stress::run_hash(request.seed, request.volume).c_str());
    return 0;
  }
  const auto check = std::find_if(std::begin(stress::kChecks), std::end(stress::kChecks),
      [&](const stress::Check &each) { return each.name == arguments[0]; });
  if (check == std::end(stress::kChecks) || request.volume < 1)
    return stress::list_checks();

  g_log_set_writer_func(stress::write_log, nullptr, nullptr);
  if (check->run == stress::states)
    g_setenv("GST_TRACERS", "leaks", TRUE);
  gst_init(nullptr, nullptr);
  for (const char *needed :
      {"videotestsrc", "fakesink", "poseestimate", "poseoverlay", "posejson"}) {
    GstElementFactory *factory = gst_element_factory_find(needed);
    if (factory == nullptr) {
      std::printf("skipped: there is no element %s\n", needed);
      return 77;
    }
    gst_object_unref(factory);
  }
  return stress::run(*check, request);
}
