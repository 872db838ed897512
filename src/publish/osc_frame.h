// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "publish/osc_packet.h"

namespace pose::publish
{

/// Lines of posejson as bundles of OSC, docs/osc.md: each person has a slot, which stays the same
/// as long as the person is there.
class OscFrame
{
 public:
  /// A longer line is refused.
  static constexpr std::size_t kMostBytes = 4U << 20;

  /// \param prefix       before each address, with a leading '/'; empty: "/pose"
  /// \param leave_after  seconds without an id until its slot is free
  OscFrame(std::string prefix, double leave_after);

  /// \param arrival  of the line, seconds on any clock, where it has no running_time
  /// \return the datagrams; empty when it is no line of posejson
  std::optional<std::vector<std::string>> bundles(std::string_view line, double arrival);
  /// Frees all slots. \return the datagrams
  std::vector<std::string> end();

  /// Slots in use.
  std::size_t people() const;

 private:
  struct Slot {
    bool used = false;
    std::int64_t id = -1; ///< negative: not tracked, the place in the line
    double seen = 0.0;
  };
  struct Person;

  std::size_t slot_for(std::int64_t id);
  void free_slots();
  void add_person(std::size_t slot, const Person &person);
  std::string address(std::size_t slot, std::string_view name) const;

  std::string prefix_;
  double leave_after_;
  double now_ = 0.0;
  std::vector<Slot> slots_;
  OscBundles bundles_;
};

} // namespace pose::publish
