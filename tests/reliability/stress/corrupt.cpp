// SPDX-License-Identifier: LGPL-2.1-or-later
// A network whose card has its checksum, cut off after each byte, and with each bit the other way.
// Kept when poseestimate refuses every such file, with one error that has the code of a damaged
// file.
#include <algorithm>
#include <map>

#include "model/file.h"
#include "stress.h"
#include "support/toy.h"

namespace stress
{

namespace
{

/* What becomes of a start with the card: "" when it starts, else the errors' domain and code. */
std::string start(const std::string &card)
{
  GstElement *element = gst_element_factory_make("poseestimate", nullptr);
  gst_object_ref_sink(element);
  GstBus *bus = gst_bus_new();
  gst_element_set_bus(element, bus);
  g_object_set(element, "model", card.c_str(), "share", FALSE, nullptr);
  const bool refused = gst_element_set_state(element, GST_STATE_PAUSED) == GST_STATE_CHANGE_FAILURE;
  std::string errors;
  while (GstMessage *message = gst_bus_pop(bus)) {
    if (GST_MESSAGE_TYPE(message) == GST_MESSAGE_ERROR) {
      GError *error = nullptr;
      gst_message_parse_error(message, &error, nullptr);
      errors += text(
          "%s%s %d", errors.empty() ? "" : " and ", g_quark_to_string(error->domain), error->code);
      g_error_free(error);
    }
    gst_message_unref(message);
  }
  gst_element_set_state(element, GST_STATE_NULL);
  gst_element_set_bus(element, nullptr);
  gst_object_unref(element);
  gst_object_unref(bus);
  return refused && errors.empty() ? "refused without an error" : errors;
}

/* File number `number` of all prefixes, then of all that differ in one bit. */
std::string damaged(const std::string &whole, std::size_t number)
{
  if (number < whole.size())
    return whole.substr(0, number);
  const std::size_t bit = number - whole.size();
  std::string bytes = whole;
  bytes[bit / 8] = char(bytes[bit / 8] ^ (1 << bit % 8));
  return bytes;
}

} // namespace

Outcome corrupt(const Request &request)
{
  const std::string kExpected =
      text("%s %d", g_quark_to_string(GST_RESOURCE_ERROR), int(GST_RESOURCE_ERROR_READ));
  const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Hand);
  const std::string whole = toy::onnx(set);
  const Scratch scratch;
  const pose::Size size = toy::picture_size(set);
  const std::string card = scratch.write(
      "toy.json", text(R"({"model": "toy.onnx", "width": %d, "height": %d, "sha256": "%s"})",
                      size.width, size.height, pose::sha256_of(whole).c_str()));
  const auto write = [&](const std::string &bytes) { scratch.write("toy.onnx", bytes); };
  write(whole);
  if (const std::string errors = start(card); !errors.empty())
    return {false, "the whole file is refused: " + errors};

  const std::size_t all = whole.size() * 9;
  const std::size_t count = std::min(std::size_t(request.volume), all);
  std::map<std::string, long> ends;
  for (std::size_t i = 0; i < count; i++) {
    write(damaged(whole, i * all / count));
    ends[start(card)]++;
  }
  std::string others;
  for (const auto &[end, times] : ends)
    if (end != kExpected)
      others += text(", %ld %s", times, end.empty() ? "started" : end.c_str());
  return {others.empty(), text("%zu of %zu prefixes and bits tried, %ld refused%s", count, all,
                              ends[kExpected], others.c_str())};
}

} // namespace stress
