// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace pose::publish
{

/// What a line of posejson says about presence.
struct Sighting {
  std::vector<std::int64_t> ids; ///< person_id of each person of a body set; -1: not tracked
  std::optional<double> time;    ///< running_time, seconds
  std::optional<double> age;     ///< of the poses, seconds
};

/// Reads a line of docs/json.md; empty if it is not one: not an object with an array `people`.
/// Entries of hands and faces without a person are no people unless the mode is theirs.
std::optional<Sighting> read_sighting(std::string_view line);

/// Without a line for so long no person is known to be present, and a camera is not live.
constexpr std::chrono::seconds kSilence{5};

/// A person came or went.
struct Change {
  bool entered = false;
  std::int64_t id = 0;
};

/// People who are present: a tracked person from the first line with its id until `leave_after`
/// seconds without it. People without an id are counted by the latest line alone.
class Presence
{
 public:
  explicit Presence(double leave_after) : leave_after_(leave_after) {}

  /// \param time  seconds on any clock; after a step backwards it counts from there
  /// \return the changes, those who left first; valid until the next call
  const std::vector<Change> &update(const std::vector<std::int64_t> &ids, double time);
  /// Everyone leaves.
  const std::vector<Change> &clear();

  std::size_t people() const { return present_.size() + untracked_; }

 private:
  struct Present {
    std::int64_t id;
    double seen; ///< time of the latest line with it
  };

  double leave_after_;
  double now_ = 0.0;
  std::vector<Present> present_;
  std::size_t untracked_ = 0;
  std::vector<Change> changes_;
};

} // namespace pose::publish
