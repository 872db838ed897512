// SPDX-License-Identifier: LGPL-2.1-or-later
// What poseestimate does about models that cannot be used and frames that cannot be read: exactly
// one error of the right kind, or an untouched frame and a count; and it works again afterwards.
#include <functional>
#include <string>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gst/video/gstvideometa.h>

#include "base/derive.h"
#include "support.h"
#include "tests.h"

namespace faults_test
{

using support::Bench;
using support::Toy;

struct Expected {
  GQuark domain;
  gint code;
  std::string text; ///< part of the message
};

/* Starts `element`, which has to fail with exactly this one error, and leaves it in NULL. */
void expect_refusal(GstElement *element, const Expected &expected)
{
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  const gint64 start = g_get_monotonic_time();
  fail_unless_equals_int(
      gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
  fail_unless(g_get_monotonic_time() - start < 30 * G_USEC_PER_SEC, "refusing took too long");
  fail_unless_equals_int(GST_STATE(element), GST_STATE_READY);
  GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);
  fail_unless(message != nullptr, "no error for: %s", expected.text.c_str());
  GError *error = nullptr;
  gchar *debug = nullptr;
  gst_message_parse_error(message, &error, &debug);
  fail_unless(error->domain == expected.domain && error->code == expected.code,
      "%s %d instead of %s %d: %s", g_quark_to_string(error->domain), error->code,
      g_quark_to_string(expected.domain), expected.code, error->message);
  fail_unless(std::string(error->message).find(expected.text) != std::string::npos,
      "'%s' is not in '%s'", expected.text.c_str(), error->message);
  g_clear_error(&error);
  g_free(debug);
  gst_message_unref(message);
  fail_unless(gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR) == nullptr, "a second error");
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(bus);
}

GstElement *estimator(const std::string &properties)
{
  GError *error = nullptr;
  auto *element = gst_parse_launch(("poseestimate " + properties).c_str(), &error);
  fail_unless(error == nullptr, "%s", error ? error->message : "");
  return GST_ELEMENT(gst_object_ref_sink(element));
}

void expect_refusal(const std::string &properties, const Expected &expected)
{
  GstElement *element = estimator(properties);
  expect_refusal(element, expected);
  gst_object_unref(element);
}

const Expected kNotFound{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND, ""};
const Expected kOpenRead{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ, ""};
const Expected kSettings{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS, ""};
const Expected kRead{GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ, ""};
const Expected kInit{GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT, ""};
const Expected kMismatch{GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS, ""};

Expected with(Expected expected, const std::string &text)
{
  expected.text = text;
  return expected;
}

/* A short Caffe network around one convolution. */
std::string convolution(const std::string &parameters)
{
  return "input: \"x\" input_dim: 1 input_dim: 3 input_dim: 64 input_dim: 64\n"
         "layer { name: \"conv\" type: \"Convolution\" bottom: \"x\" top: \"y\"\n"
         "        convolution_param { " +
         parameters + " } }\n";
}

/* Row 1 */
GST_START_TEST(no_model_set_and_none_installed)
{
  const Scratch empty;
  g_setenv("POSE_MODEL_PATH", empty.path().c_str(), TRUE);
  g_setenv("XDG_DATA_HOME", empty.path().c_str(), TRUE);
  expect_refusal("", with(kNotFound, "No model is set"));
}
GST_END_TEST

/* Rows 2, 3, 4, 8, 11 */
GST_START_TEST(files_that_cannot_be_read)
{
  const Scratch scratch;
  expect_refusal("model=/no/such/net.onnx", with(kNotFound, "'/no/such/net.onnx'"));
  expect_refusal("model=nobody", with(kNotFound, "'nobody'"));

  mkdir(scratch.path("folder.onnx").c_str(), 0700);
  expect_refusal("model=" + scratch.path("folder.onnx"), with(kOpenRead, "is a directory"));
  mkfifo(scratch.path("fifo.onnx").c_str(), 0600);
  expect_refusal("model=" + scratch.path("fifo.onnx"), with(kOpenRead, "is a FIFO"));
  fail_unless(symlink("/dev/zero", scratch.path("zero.onnx").c_str()) == 0);
  expect_refusal("model=" + scratch.path("zero.onnx"), with(kOpenRead, "is a device"));

  scratch.write("huge.onnx", "x");
  fail_unless(truncate(scratch.path("huge.onnx").c_str(), off_t(100) << 30) == 0);
  expect_refusal("model=" + scratch.path("huge.onnx"), with(kSettings, "107374182400 bytes"));

  for (const char *name : {"empty.onnx", "empty.prototxt", "empty.pb"})
    expect_refusal("model=" + scratch.write(name, ""), with(kRead, "is empty"));
}
GST_END_TEST

GST_START_TEST(files_without_permission)
{
  if (geteuid() == 0)
    return; // root may read everything
  const Scratch scratch;
  chmod(scratch.write("net.onnx", "x").c_str(), 0);
  expect_refusal("model=" + scratch.path("net.onnx"),
      {GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED, "net.onnx"});
}
GST_END_TEST

/* Row 5: every tenth prefix of a network, and files in each other's place. */
GST_START_TEST(truncated_and_swapped_files)
{
  const Toy toy(pose::KeypointSetId::Hand);
  const std::string bytes = toy::onnx(toy.set);
  const std::string text = toy::prototxt(toy.set);
  std::vector<std::string> cut;
  for (std::size_t tenths = 0; tenths < 10; tenths++) {
    cut.push_back(toy.scratch.write(
        std::to_string(tenths) + ".onnx", bytes.substr(0, 1 + bytes.size() * tenths / 10)));
    cut.push_back(toy.scratch.write(
        std::to_string(tenths) + ".prototxt", text.substr(0, 1 + text.size() * tenths / 10)));
  }
  for (const std::string &path : cut) {
    GstElement *element = estimator("model=" + path);
    GstBus *bus = gst_bus_new();
    gst_element_set_bus(element, bus);
    fail_unless_equals_int(
        gst_element_set_state(element, GST_STATE_PAUSED), GST_STATE_CHANGE_FAILURE);
    guint errors = 0;
    while (GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR)) {
      errors++;
      gst_message_unref(message);
    }
    fail_unless_equals_int(errors, 1);
    gst_element_set_state(element, GST_STATE_NULL);
    gst_element_set_bus(element, nullptr);
    gst_object_unref(element);
    gst_object_unref(bus);
  }
  const auto weights = toy.scratch.write("a.caffemodel", text);
  const auto config = toy.scratch.write("a.prototxt", std::string("\x12\x03\x01\x00\xff", 5));
  expect_refusal("model=" + weights + " config=" + config, with(kRead, "a.prototxt"));
  expect_refusal("model=" + toy.scratch.write("text.onnx", text), with(kRead, "text.onnx"));
}
GST_END_TEST

/* Row 6 */
GST_START_TEST(a_wrong_checksum)
{
  const Toy toy(pose::KeypointSetId::Hand);
  toy.scratch.write(
      "toy.json", R"({"model": "toy.onnx", "sha256": ")" + std::string(64, '0') + R"("})");
  expect_refusal("model=" + toy.scratch.path("toy.json"), with(kRead, "checksum mismatch"));
}
GST_END_TEST

/* Row 7: what would end the process inside OpenCV. */
GST_START_TEST(networks_that_crash_opencv)
{
  const Scratch scratch;
  const std::pair<const char *, const char *> bad[] = {
      {"num_output: 22 kernel_size: 3 group: 0", "group"},
      {"num_output: 22 kernel_size: 3 stride: 0", "stride"},
      {"num_output: 22 kernel_size: 0", "kernel"},
      {"num_output: 0 kernel_size: 3", "num_output"},
      {"num_output: 22 kernel_size: 3 dilation: 0", "dilation"},
  };
  for (const auto &[parameters, finding] : bad) {
    const auto path = scratch.write("bad.prototxt", convolution(parameters));
    expect_refusal("model=" + path, with(kInit, finding));
    expect_refusal("model=" + path, with(kInit, "'conv'"));
  }
}
GST_END_TEST

/* Regions are for networks of one hand, and whole frames for several looks. */
GST_START_TEST(a_network_that_does_not_look_at_regions)
{
  const Toy people(pose::KeypointSetId::Coco);
  GstElement *element = estimator(people.properties() + " regions=people");
  expect_refusal(element, with(kMismatch, "one person, hand or face"));
  gst_object_unref(element);
  const Toy hand(pose::KeypointSetId::Hand);
  for (const char *looks : {"mirror=true", "scales=<1.0,1.5>"}) {
    element = estimator(hand.properties() + " regions=metadata " + looks);
    expect_refusal(element, with(kMismatch, "whole frames"));
    gst_object_unref(element);
  }
}
GST_END_TEST

/* Row 9: every network for every other mode that its keypoints do not give. */
GST_START_TEST(a_network_of_another_mode)
{
  for (const pose::PafLayout &layout : pose::paf_layouts()) {
    const Toy toy(layout.set);
    for (const pose::KeypointSet &other : pose::keypoint_sets()) {
      if (pose::derives(layout.set, other.id))
        continue;
      GstElement *element = estimator(toy.properties() + " mode=" + other.name);
      expect_refusal(
          element, with(kMismatch, "[1, " + std::to_string(layout.channels()) + ", 48, 48]"));
      gst_util_set_object_arg(G_OBJECT(element), "mode", toy.set.name);
      fail_unless(gst_element_set_state(element, GST_STATE_PAUSED) != GST_STATE_CHANGE_FAILURE,
          "not usable again");
      gst_element_set_state(element, GST_STATE_NULL);
      gst_object_unref(element);
    }
  }
}
GST_END_TEST

/* Row 10 */
GST_START_TEST(a_network_input_that_is_not_possible)
{
  const Toy toy(pose::KeypointSetId::Hand);
  expect_refusal("model=" + toy.model + " width=370 height=368", with(kMismatch, "370 x 368"));
  expect_refusal("model=" + toy.model + " width=4096 height=4096", with(kMismatch, "4096 x 4096"));
  expect_refusal("model=" + toy.model + " width=64 height=64", with(kInit, "64 x 64"));
}
GST_END_TEST

GST_START_TEST(a_backend_that_is_not_there)
{
  const Toy toy(pose::KeypointSetId::Hand);
  expect_refusal(toy.properties() + " backend=timvx target=npu", with(kMismatch, "timvx/npu"));
}
GST_END_TEST

/* Row 13: the format is told by the name's ending, never guessed. */
GST_START_TEST(a_model_of_no_known_format)
{
  const Scratch scratch;
  scratch.write("card.json", R"({"model": "weights.bin"})");
  expect_refusal("model=" + scratch.path("card.json"), with(kOpenRead, "weights.bin"));
}
GST_END_TEST

/* Rows 15, 16, 23: what the caps refuse. */
GST_START_TEST(caps_that_are_not_taken)
{
  const Toy toy(pose::KeypointSetId::Coco);
  const char *const refused[] = {"video/x-raw,format=I420_10LE,width=64,height=64,framerate=1/1",
      "video/x-raw,format=P010_10LE,width=64,height=64,framerate=1/1",
      "video/x-raw,format=RGB16,width=64,height=64,framerate=1/1",
      "video/x-raw(memory:GLMemory),format=RGBA,width=64,height=64,framerate=1/1",
      "video/x-raw(format:Interlaced),format=I420,width=64,height=64,framerate=1/1,"
      "interlace-mode=alternate",
      "video/x-h264,width=64,height=64",
      "audio/x-raw,format=S16LE,rate=8000,channels=1,layout=interleaved",
      "video/x-raw,format=I420,width=2147483647,height=2147483647,framerate=1/1",
      "video/x-raw,format=I420,width=0,height=64,framerate=1/1"};
  for (const char *caps : refused) {
    Bench bench(toy.properties());
    bench.play(caps);
    GstBuffer *buffer = gst_buffer_new_allocate(nullptr, 64 * 64 * 4, nullptr);
    const GstFlowReturn flow = gst_harness_push(bench.harness.get(), buffer);
    fail_unless(flow == GST_FLOW_NOT_NEGOTIATED, "%s: %s", caps, gst_flow_get_name(flow));
    fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
  }
}
GST_END_TEST

/* Rows 18, 20, 22: buffers that are too short, lie about themselves, or are empty. */
GST_START_TEST(frames_that_cannot_be_read_pass_on)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " overlay=true");
  bench.play(toy.caps());
  const auto expect_untouched = [&](GstBuffer *in) {
    GstBuffer *before = gst_buffer_copy_deep(in);
    GstBuffer *out = bench.pass(in);
    fail_unless(out != nullptr, "the frame was lost");
    fail_unless(gst_buffer_get_pose_meta(out) == nullptr);
    fail_unless_equals_int(gst_buffer_get_size(out), gst_buffer_get_size(before));
    GstMapInfo map;
    if (gst_buffer_get_size(before) > 0 && gst_buffer_map(before, &map, GST_MAP_READ)) {
      fail_unless(gst_buffer_memcmp(out, 0, map.data, map.size) == 0);
      gst_buffer_unmap(before, &map);
    }
    gst_buffer_unref(out);
    gst_buffer_unref(before);
  };
  expect_untouched(gst_buffer_new());
  expect_untouched(gst_buffer_new_memdup(toy.grey.data(), 100));
  expect_untouched(gst_buffer_new_memdup(toy.grey.data(), toy.grey.size() - 1));

  GstBuffer *liar = gst_buffer_new_memdup(toy.grey.data(), 12288);
  gsize offsets[GST_VIDEO_MAX_PLANES] = {0};
  gint strides[GST_VIDEO_MAX_PLANES] = {1 << 20};
  gst_buffer_add_video_meta_full(
      liar, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, 4096, 4096, 1, offsets, strides);
  expect_untouched(liar);

  fail_unless_equals_uint64(bench.stat("errors"), 4);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1); // one in ten seconds
  fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
  GstBuffer *good = bench.pass(toy.picture());
  toy.check(gst_buffer_get_pose_meta(good));
  gst_buffer_unref(good);
}
GST_END_TEST

/* Rule R3 */
GST_START_TEST(too_many_bad_frames_in_a_row_fail_the_stream)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " max-errors=3");
  bench.play(toy.caps());
  const auto push = [&](bool good) {
    GstBuffer *in = good ? toy.picture() : gst_buffer_new();
    const GstFlowReturn flow = gst_harness_push(bench.harness.get(), in);
    if (GstBuffer *out = gst_harness_try_pull(bench.harness.get()))
      gst_buffer_unref(out);
    return flow;
  };
  for (const bool good : {false, false, true, false, false, true})
    fail_unless_equals_int(push(good), GST_FLOW_OK);
  fail_unless_equals_int(push(false), GST_FLOW_OK);
  fail_unless_equals_int(push(false), GST_FLOW_OK);
  fail_unless_equals_int(push(false), GST_FLOW_ERROR);
  GstMessage *message = gst_bus_pop_filtered(bench.bus, GST_MESSAGE_ERROR);
  fail_unless(message != nullptr);
  GError *error = nullptr;
  gst_message_parse_error(message, &error, nullptr);
  fail_unless(g_error_matches(error, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED));
  fail_unless(strstr(error->message, "3 frames in a row") != nullptr, "%s", error->message);
  g_clear_error(&error);
  gst_message_unref(message);
  fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
}
GST_END_TEST

GST_START_TEST(no_number_of_bad_frames_fails_the_stream_when_told_so)
{
  const Toy toy(pose::KeypointSetId::Coco);
  Bench bench(toy.properties() + " max-errors=0");
  bench.play(toy.caps());
  for (int i = 0; i < 200; i++)
    gst_buffer_unref(bench.pass(gst_buffer_new()));
  fail_unless_equals_uint64(bench.stat("errors"), 200);
  fail_unless_equals_int(bench.count(GST_MESSAGE_WARNING), 1);
  fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
}
GST_END_TEST

/* Memory of a device that the processor cannot see: mapping it fails. */
struct _DeviceAllocator {
  GstAllocator parent;
};
G_DECLARE_FINAL_TYPE(DeviceAllocator, device_allocator, DEVICE, ALLOCATOR, GstAllocator)
G_DEFINE_TYPE(DeviceAllocator, device_allocator, GST_TYPE_ALLOCATOR)

static void device_allocator_class_init(DeviceAllocatorClass *klass)
{
  GST_ALLOCATOR_CLASS(klass)->free = [](GstAllocator *, GstMemory *memory) { g_free(memory); };
}

static void device_allocator_init(DeviceAllocator *self)
{
  GST_ALLOCATOR(self)->mem_map = [](GstMemory *, gsize, GstMapFlags) -> gpointer {
    return nullptr;
  };
}

GST_START_TEST(memory_that_cannot_be_mapped)
{
  const Toy toy(pose::KeypointSetId::Coco);
  for (const char *overlay : {"", " overlay=true"}) {
    Bench bench(toy.properties() + overlay);
    bench.play(toy.caps());
    auto *allocator = GST_ALLOCATOR(g_object_new(device_allocator_get_type(), nullptr));
    auto *memory = g_new0(GstMemory, 1);
    gst_memory_init(memory, GST_MEMORY_FLAG_NO_SHARE, allocator, nullptr, toy.grey.size(), 0, 0,
        toy.grey.size());
    GstBuffer *in = gst_buffer_new();
    gst_buffer_append_memory(in, memory);
    GstBuffer *out = bench.pass(in);
    fail_unless(out != nullptr, "the frame was lost");
    fail_unless(gst_buffer_get_pose_meta(out) == nullptr);
    fail_unless(gst_buffer_peek_memory(out, 0) == memory);
    gst_buffer_unref(out);
    gst_object_unref(allocator);
    fail_unless_equals_uint64(bench.stat("errors"), 1);
    fail_unless_equals_int(bench.count(GST_MESSAGE_ERROR), 0);
  }
}
GST_END_TEST

/* Rows 37, 38 through the element: a picture that makes every map a field of peaks. */
GST_START_TEST(pictures_that_are_nothing_but_peaks)
{
  for (const pose::PafLayout &layout : pose::paf_layouts()) {
    const Toy toy(layout.set);
    Bench bench(toy.properties() + " overlay=true min-score=0.01");
    bench.play(toy.caps());
    for (int kind = 0; kind < 3; kind++) {
      std::vector<guint8> pixels(toy.grey.size());
      for (std::size_t i = 0; i < pixels.size(); i++) {
        const std::size_t x = i % std::size_t(toy.size.width);
        const std::size_t y = i / std::size_t(toy.size.width);
        pixels[i] = kind == 0   ? 255
                    : kind == 1 ? guint8((x + y) % 2 * 255)
                                : guint8(i * 2654435761u >> 13);
      }
      GstBuffer *out = bench.pass(gst_buffer_new_memdup(pixels.data(), pixels.size()));
      fail_unless(gst_buffer_get_pose_meta(out) != nullptr);
      gst_buffer_unref(out);
    }
    fail_unless_equals_uint64(bench.stat("errors"), 0);
  }
}
GST_END_TEST

/* Row 19 in a real pipeline: the other branch of a tee is bit-identical, with overlay. */
GST_START_TEST(the_other_branch_of_a_tee_is_untouched)
{
  const Toy toy(pose::KeypointSetId::Coco);
  GstElement *pipeline = gst_parse_launch(
      ("appsrc name=in caps=" + toy.caps() +
          " format=time ! tee name=t  t. ! queue ! poseestimate " + toy.properties() +
          " overlay=true ! appsink name=drawn sync=false  t. ! queue ! appsink "
          "name=clean sync=false")
          .c_str(),
      nullptr);
  const auto part = [&](const char *name) { return gst_bin_get_by_name(GST_BIN(pipeline), name); };
  GstElement *in = part("in");
  GstElement *drawn = part("drawn");
  GstElement *clean = part("clean");
  gst_element_set_state(pipeline, GST_STATE_PLAYING);
  GstFlowReturn flow = GST_FLOW_OK;
  GstBuffer *picture = toy.picture();
  g_signal_emit_by_name(in, "push-buffer", picture, &flow);
  gst_buffer_unref(picture);
  g_signal_emit_by_name(in, "end-of-stream", &flow);
  const auto differs = [&](GstElement *sink) {
    GstSample *sample = nullptr;
    g_signal_emit_by_name(sink, "pull-sample", &sample);
    fail_unless(sample != nullptr);
    const bool result =
        gst_buffer_memcmp(gst_sample_get_buffer(sample), 0, toy.grey.data(), toy.grey.size()) != 0;
    gst_sample_unref(sample);
    return result;
  };
  fail_unless(differs(drawn), "nothing was drawn");
  fail_if(differs(clean), "the drawing is in both branches");
  gst_element_set_state(pipeline, GST_STATE_NULL);
  gst_object_unref(in);
  gst_object_unref(drawn);
  gst_object_unref(clean);
  gst_object_unref(pipeline);
}
GST_END_TEST

static Suite *faults_suite()
{
  Suite *suite = suite_create("faults");
  TCase *tests = tcase_create("general");
  suite_add_tcase(suite, tests);
  tcase_set_timeout(tests, 120);
  tcase_add_test(tests, no_model_set_and_none_installed);
  tcase_add_test(tests, files_that_cannot_be_read);
  tcase_add_test(tests, files_without_permission);
  tcase_add_test(tests, truncated_and_swapped_files);
  tcase_add_test(tests, a_wrong_checksum);
  tcase_add_test(tests, networks_that_crash_opencv);
  tcase_add_test(tests, a_network_that_does_not_look_at_regions);
  tcase_add_test(tests, a_network_of_another_mode);
  tcase_add_test(tests, a_network_input_that_is_not_possible);
  tcase_add_test(tests, a_backend_that_is_not_there);
  tcase_add_test(tests, a_model_of_no_known_format);
  tcase_add_test(tests, caps_that_are_not_taken);
  tcase_add_test(tests, frames_that_cannot_be_read_pass_on);
  tcase_add_test(tests, too_many_bad_frames_in_a_row_fail_the_stream);
  tcase_add_test(tests, no_number_of_bad_frames_fails_the_stream_when_told_so);
  tcase_add_test(tests, memory_that_cannot_be_mapped);
  tcase_add_test(tests, pictures_that_are_nothing_but_peaks);
  tcase_add_test(tests, the_other_branch_of_a_tee_is_untouched);
  return suite;
}

const Tests kTests{"faults", faults_suite};

} // namespace faults_test
