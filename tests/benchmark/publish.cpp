// SPDX-License-Identifier: LGPL-2.1-or-later
// What publishing a line of 5 people costs the streaming thread: the time in gst_pad_push(), of
// posepublish and of a fakesink. Lines are a millisecond apart, as those of 40 cameras. In
// `meson devenv -C build`:
//
//     mosquitto -p 18830 & POSE_BROKER=mqtt://127.0.0.1:18830 build/tests/benchmark/publish
//
// Without POSE_BROKER there is no broker, which is the rest of the table.
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

#include <benchmark/benchmark.h>

#include <gst/gst.h>

namespace
{

std::string line_of(int people)
{
  std::string text = R"({"version":1.3,"people":[)";
  for (int person = 0; person < people; person++) {
    text += (person > 0 ? "," : "") + std::string(R"({"person_id":[)") + std::to_string(person) +
            R"(],"pose_keypoints_2d":[)";
    for (int keypoint = 0; keypoint < 18; keypoint++)
      text += (keypoint > 0 ? "," : "") + std::to_string(100 + 7 * keypoint) + ".25," +
              std::to_string(90 + 11 * keypoint) + ".75,0.87";
    text += R"(],"face_keypoints_2d":[],"hand_left_keypoints_2d":[],"hand_right_keypoints_2d":[]})";
  }
  return text + R"(],"frame":41,"mode":"coco","age":0,"running_time":1366666666})" + "\n";
}

/* One sink, played, and a pad that pushes into it. */
class Line
{
 public:
  Line(const char *factory, const char *location)
      : sink_(gst_element_factory_make(factory, nullptr)), pad_(gst_pad_new("src", GST_PAD_SRC))
  {
    gst_object_ref_sink(sink_);
    g_object_set(sink_, "async", FALSE, "sync", FALSE, nullptr);
    if (location != nullptr)
      g_object_set(sink_, "location", location, nullptr);
    GstPad *sink_pad = gst_element_get_static_pad(sink_, "sink");
    gst_pad_set_active(pad_, TRUE);
    gst_pad_link(pad_, sink_pad);
    gst_object_unref(sink_pad);
    gst_element_set_state(sink_, GST_STATE_PLAYING);
    gst_pad_push_event(pad_, gst_event_new_stream_start("lines"));
    GstCaps *caps = gst_caps_new_empty_simple("application/x-ndjson");
    gst_pad_push_event(pad_, gst_event_new_caps(caps));
    gst_caps_unref(caps);
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(pad_, gst_event_new_segment(&segment));
  }
  ~Line()
  {
    gst_element_set_state(sink_, GST_STATE_NULL);
    gst_object_unref(sink_);
    gst_object_unref(pad_);
  }
  Line(const Line &) = delete;
  Line &operator=(const Line &) = delete;

  bool push(const std::string &text)
  {
    GstBuffer *buffer = gst_buffer_new_memdup(text.data(), text.size());
    return gst_pad_push(pad_, buffer) == GST_FLOW_OK;
  }

 private:
  GstElement *sink_;
  GstPad *pad_;
};

void push_line(benchmark::State &state, const char *factory, const char *location)
{
  using Clock = std::chrono::steady_clock;
  const std::string text = line_of(5);
  Line line(factory, location);
  std::this_thread::sleep_for(std::chrono::seconds(1)); // for the connection
  for (auto _ : state) {
    const auto start = Clock::now();
    if (!line.push(text))
      state.SkipWithError("the line is not accepted");
    state.SetIterationTime(std::chrono::duration<double>(Clock::now() - start).count());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  state.counters["bytes"] = double(text.size());
}

} // namespace

int main(int argc, char **argv)
{
  gst_init(&argc, &argv);
  benchmark::Initialize(&argc, argv);
  const auto add = [](const char *name, const char *factory, const char *location) {
    benchmark::RegisterBenchmark(
        name, [factory, location](benchmark::State &state) { push_line(state, factory, location); })
        ->UseManualTime()
        ->Unit(benchmark::kMicrosecond)
        ->Iterations(3000);
  };
  const std::string broker =
      std::getenv("POSE_BROKER") != nullptr ? std::getenv("POSE_BROKER") : "";
  const std::string location = broker + "/benchmark/camera";
  add("fakesink", "fakesink", nullptr);
  add("posepublish/no broker", "posepublish", "mqtt://127.0.0.1:1/benchmark/camera");
  if (!broker.empty())
    add("posepublish/broker", "posepublish", location.c_str());
  benchmark::RunSpecifiedBenchmarks();
}
