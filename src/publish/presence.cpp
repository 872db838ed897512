// SPDX-License-Identifier: LGPL-2.1-or-later
#include "publish/presence.h"

#include <algorithm>
#include <cmath>

#include <nlohmann/json.hpp>

namespace pose::publish
{

namespace
{

/* Collects `people[*].person_id[0]`, whether they have bodies, `mode` and `running_time`, without
 * building the document: most of a line is keypoints. */
class SightingReader final : public nlohmann::json_sax<nlohmann::json>
{
 public:
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t number) override { return integer(number); }
  bool number_unsigned(number_unsigned_t number) override { return integer(std::int64_t(number)); }
  bool number_float(number_float_t, const string_t &) override { return value(); }
  bool string(string_t &text) override
  {
    if (depth_ == 1 && key_ == Key::Mode)
      alone_ = text == "hand" || text == "face" || text == "face-468";
    return value();
  }
  bool binary(binary_t &) override { return false; }

  bool start_object(std::size_t) override
  {
    if (depth_ == 0)
      is_object_ = true;
    if (depth_ == 2 && in_people_)
      people_.push_back({});
    return deeper();
  }
  bool end_object() override { return shallower(); }
  bool start_array(std::size_t) override
  {
    if (depth_ == 1 && key_ == Key::People)
      in_people_ = has_people_ = true;
    return deeper();
  }
  bool end_array() override
  {
    if (depth_ == 2)
      in_people_ = false;
    return shallower();
  }
  bool key(string_t &name) override
  {
    key_ = Key::Other;
    if (depth_ == 1 && name == "people")
      key_ = Key::People;
    else if (depth_ == 1 && name == "mode")
      key_ = Key::Mode;
    else if (depth_ == 1 && name == "running_time")
      key_ = Key::Time;
    else if (depth_ == 1 && name == "age")
      key_ = Key::Age;
    else if (depth_ == 3 && in_people_ && name == "person_id")
      key_ = Key::Id;
    else if (depth_ == 3 && in_people_ && name == "pose_keypoints_2d")
      key_ = Key::Body;
    return true;
  }
  bool parse_error(std::size_t, const std::string &, const nlohmann::detail::exception &) override
  {
    return false;
  }

  std::optional<Sighting> sighting() const
  {
    if (!is_object_ || !has_people_)
      return std::nullopt;
    Sighting sighting;
    sighting.time = time_;
    sighting.age = age_;
    for (const Person &person : people_)
      if (alone_ || person.has_body)
        sighting.ids.push_back(person.id);
    return sighting;
  }

 private:
  enum class Key { Other, People, Mode, Time, Age, Id, Body };
  struct Person {
    std::int64_t id = -1;
    bool has_body = false;
  };

  bool deeper()
  {
    depth_++;
    return depth_ < 64;
  }
  bool shallower()
  {
    depth_--;
    return true;
  }
  bool value()
  {
    if (depth_ == 4 && in_people_ && key_ == Key::Body && !people_.empty())
      people_.back().has_body = true;
    return true;
  }
  bool integer(std::int64_t number)
  {
    if (depth_ == 1 && key_ == Key::Time)
      time_ = double(number) * 1e-9;
    if (depth_ == 1 && key_ == Key::Age)
      age_ = double(number) * 1e-9;
    if (depth_ == 4 && in_people_ && key_ == Key::Id && !people_.empty()) {
      people_.back().id = number;
      key_ = Key::Other; // the first of them
    }
    return value();
  }

  int depth_ = 0;
  Key key_ = Key::Other;
  bool is_object_ = false;
  bool has_people_ = false;
  bool in_people_ = false;
  bool alone_ = false; // the line is about hands or faces without bodies
  std::optional<double> time_;
  std::optional<double> age_;
  std::vector<Person> people_;
};

} // namespace

std::optional<Sighting> read_sighting(std::string_view line)
{
  if (line.find('\0') != std::string_view::npos) // which ends the parser's input
    return std::nullopt;
  SightingReader reader;
  if (!nlohmann::json::sax_parse(line.begin(), line.end(), &reader))
    return std::nullopt;
  return reader.sighting();
}

const std::vector<Change> &Presence::update(const std::vector<std::int64_t> &ids, double time)
{
  changes_.clear();
  if (!std::isfinite(time))
    time = now_;
  if (time < now_) // another timeline, as after a seek: what was seen counts from here
    for (Present &present : present_)
      present.seen = time;
  now_ = time;
  untracked_ = 0;
  for (const std::int64_t id : ids) {
    if (id < 0) {
      untracked_++;
      continue;
    }
    for (Present &present : present_)
      if (present.id == id)
        present.seen = now_;
  }
  for (const Present &present : present_)
    if (now_ - present.seen > leave_after_)
      changes_.push_back({false, present.id});
  present_.erase(std::remove_if(present_.begin(), present_.end(),
                     [this](const Present &each) { return now_ - each.seen > leave_after_; }),
      present_.end());
  for (const std::int64_t id : ids) {
    const bool known = std::any_of(present_.begin(), present_.end(),
        [id](const Present &present) { return present.id == id; });
    if (id < 0 || known)
      continue;
    present_.push_back({id, now_});
    changes_.push_back({true, id});
  }
  return changes_;
}

const std::vector<Change> &Presence::clear()
{
  changes_.clear();
  for (const Present &present : present_)
    changes_.push_back({false, present.id});
  present_.clear();
  untracked_ = 0;
  return changes_;
}

} // namespace pose::publish
