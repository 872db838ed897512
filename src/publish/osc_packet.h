// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace pose::publish
{

/// Packets of Open Sound Control 1.0 (https://opensoundcontrol.stanford.edu/spec-1_0.html):
/// messages in bundles, each bundle small enough for one datagram.
class OscBundles
{
 public:
  /// Largest bundle, bytes: one Ethernet frame with room for tunnels, so that no datagram is in
  /// fragments, of which the loss of one loses all.
  static constexpr std::size_t kMostBytes = 1432;

  /// Adds messages; a bundle that would be too large is closed, and the next one begins.
  /// \param address  begins with '/'; printable ASCII
  /// @{
  void add_integers(std::string_view address, std::initializer_list<std::int32_t> values);
  void add_floats(std::string_view address, std::initializer_list<float> values);
  /// @}

  /// A message that each bundle begins with, from the next one on.
  void set_header(std::string_view address, std::int32_t value);

  /// The bundles since the last call. Their time tags say "immediately".
  std::vector<std::string> take();

 private:
  void add(const std::string &message);
  void begin_bundle();

  std::string header_; // an element of a bundle
  std::string bundle_;
  std::vector<std::string> bundles_;
};

} // namespace pose::publish
