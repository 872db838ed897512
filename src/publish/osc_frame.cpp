// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/osc_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/keypoint_set.h"

namespace pose::publish
{

namespace
{

using nlohmann::json;

/* People beyond these have no slot. */
constexpr std::size_t kMostSlots = 100;

float number_of(const json &value)
{
  const double number = value.is_number() ? value.get<double>() : 0.0;
  return std::isfinite(number) ? float(number) : 0.0F;
}

/* A number of the frame; 0 if it is none. */
double positive(const json &line, const char *key)
{
  const auto found = line.find(key);
  return found != line.end() && found->is_number() ? std::max(found->get<double>(), 0.0) : 0.0;
}

const json &array_of(const json &object, const char *key)
{
  static const json none = json::array();
  const auto found = object.find(key);
  return found != object.end() && found->is_array() ? *found : none;
}

const KeypointSet *face_set_of(std::size_t numbers)
{
  for (const KeypointSetId id : {KeypointSetId::Face, KeypointSetId::Face468})
    if (keypoint_set(id).keypoints.size() * 3 == numbers)
      return &keypoint_set(id);
  return nullptr;
}

} // namespace

/* A person of a line, and what its coordinates are divided by. */
struct OscFrame::Person {
  const json &keys;
  const KeypointSet *body; // null: the line's set is not of bodies
  double width;
  double height;
  std::int64_t id;
};

OscFrame::OscFrame(std::string prefix, double leave_after)
    : prefix_(prefix.empty() ? "/pose" : std::move(prefix)), leave_after_(leave_after)
{
}

std::string OscFrame::address(std::size_t slot, std::string_view name) const
{
  return prefix_ + "/" + std::to_string(slot + 1) + "/" + std::string(name);
}

std::size_t OscFrame::people() const
{
  return std::size_t(
      std::count_if(slots_.begin(), slots_.end(), [](const Slot &slot) { return slot.used; }));
}

/* The slot of this id: the one that it has, or the first free one. */
std::size_t OscFrame::slot_for(std::int64_t id)
{
  const auto own = std::find_if(
      slots_.begin(), slots_.end(), [id](const Slot &slot) { return slot.used && slot.id == id; });
  if (own != slots_.end())
    return std::size_t(own - slots_.begin());
  const auto is_free = [](const Slot &slot) { return !slot.used; };
  auto found = std::find_if(slots_.begin(), slots_.end(), is_free);
  if (found == slots_.end() && slots_.size() < kMostSlots)
    found = slots_.insert(found, Slot{});
  if (found == slots_.end()) // of somebody who is not in this frame, then
    found = std::min_element(
        slots_.begin(), slots_.end(), [](const Slot &a, const Slot &b) { return a.seen < b.seen; });
  *found = {true, id, now_};
  return std::size_t(found - slots_.begin());
}

/* Of people who have left; those without ids are as of the latest line. */
void OscFrame::free_slots()
{
  for (std::size_t i = 0; i < slots_.size(); i++) {
    Slot &slot = slots_[i];
    const double patience = slot.id < 0 ? 0.0 : leave_after_;
    if (!slot.used || now_ - slot.seen <= patience)
      continue;
    slot.used = false;
    bundles_.add_integers(address(i, "present"), {0});
  }
}

void OscFrame::add_person(std::size_t slot, const Person &person)
{
  bundles_.add_integers(address(slot, "present"), {1});
  bundles_.add_integers(
      address(slot, "id"), {std::int32_t(std::clamp<std::int64_t>(person.id, -1, INT32_MAX))});
  const auto score = person.keys.find("score");
  if (score != person.keys.end())
    bundles_.add_floats(address(slot, "score"), {number_of(*score)});
  const auto x = [&](const json &value) { return float(number_of(value) / person.width); };
  const auto y = [&](const json &value) { return float(number_of(value) / person.height); };
  if (const json &box = array_of(person.keys, "box"); box.size() == 4)
    bundles_.add_floats(address(slot, "box"), {x(box[0]), y(box[1]), x(box[2]), y(box[3])});
  const auto add_keypoints = [&](const char *key, const std::string &group,
                                 const KeypointSet *set) {
    const json &numbers = array_of(person.keys, key);
    if (set == nullptr || numbers.size() != set->keypoints.size() * 3)
      return;
    std::size_t at = 0;
    for (const KeypointInfo &keypoint : set->keypoints) {
      bundles_.add_floats(address(slot, group + keypoint.name),
          {x(numbers[at]), y(numbers[at + 1]), number_of(numbers[at + 2])});
      at += 3;
    }
  };
  const KeypointSet &hand = keypoint_set(KeypointSetId::Hand);
  add_keypoints("pose_keypoints_2d", "", person.body);
  add_keypoints("hand_left_keypoints_2d", "hand_left/", &hand);
  add_keypoints("hand_right_keypoints_2d", "hand_right/", &hand);
  add_keypoints(
      "face_keypoints_2d", "face/", face_set_of(array_of(person.keys, "face_keypoints_2d").size()));
}

std::optional<std::vector<std::string>> OscFrame::bundles(std::string_view line, double arrival)
{
  if (line.size() > kMostBytes || line.find('\0') != std::string_view::npos)
    return std::nullopt; // a zero byte ends the parser's input
  const json frame = json::parse(line.begin(), line.end(), nullptr, /*allow_exceptions=*/false);
  if (!frame.is_object() || !frame.contains("people") || !frame.at("people").is_array())
    return std::nullopt;
  const auto mode = frame.find("mode");
  const KeypointSet *set = mode != frame.end() && mode->is_string()
                               ? find_keypoint_set(mode->get<std::string>())
                               : nullptr;
  const bool has_bodies = set != nullptr && set->is_body();
  const double width = std::max(positive(frame, "width"), 1.0);
  const double height = std::max(positive(frame, "height"), 1.0);
  const auto time = frame.find("running_time");
  const bool has_time = time != frame.end() && time->is_number();
  const double now = has_time ? time->get<double>() * 1e-9 : arrival;
  if (!std::isfinite(now))
    return std::nullopt;
  if (now < now_) // another timeline, as after a seek: what was seen counts from here
    for (Slot &slot : slots_)
      slot.seen = now;
  now_ = now;

  bundles_.set_header(
      prefix_ + "/frame", std::int32_t(std::fmod(positive(frame, "frame"), 2147483648.0)));
  std::int64_t place = 0;
  std::vector<std::pair<std::size_t, const json *>> present;
  for (const json &keys : frame.at("people")) {
    if (!keys.is_object() || present.size() >= kMostSlots)
      continue;
    const json &ids = array_of(keys, "person_id");
    const std::int64_t id =
        !ids.empty() && ids[0].is_number_integer() ? ids[0].get<std::int64_t>() : -1;
    const std::size_t slot = slot_for(id >= 0 ? id : --place);
    slots_[slot].seen = now_;
    present.emplace_back(slot, &keys);
  }
  free_slots();
  bundles_.add_integers(prefix_ + "/people", {std::int32_t(people())});
  for (const auto &[slot, keys] : present)
    add_person(slot, {*keys, has_bodies ? set : nullptr, width, height, slots_[slot].id});
  return bundles_.take();
}

std::vector<std::string> OscFrame::end()
{
  for (std::size_t i = 0; i < slots_.size(); i++)
    if (std::exchange(slots_[i].used, false))
      bundles_.add_integers(address(i, "present"), {0});
  bundles_.add_integers(prefix_ + "/people", {0});
  return bundles_.take();
}

} // namespace pose::publish
