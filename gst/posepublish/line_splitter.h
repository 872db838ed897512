// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace publishing
{

/// Splits a stream of bytes into lines, wherever its buffers begin and end.
class LineSplitter
{
 public:
  /// A longer line is no line of posejson: it is dropped and counted.
  static constexpr std::size_t kMost = 16U << 20;

  /// Calls `take(std::string_view)` for each complete line that is not empty, without its ending.
  template <typename F>
  void push(std::string_view bytes, F &&take)
  {
    for (;;) {
      const std::size_t end = bytes.find('\n');
      if (end == std::string_view::npos)
        break;
      finish_line(bytes.substr(0, end), take);
      bytes.remove_prefix(end + 1);
    }
    keep(bytes);
  }

  /// The last line, which need not end in a line feed.
  template <typename F>
  void end(F &&take)
  {
    finish_line({}, take);
  }

  void reset()
  {
    rest_.clear();
    too_long_ = false;
  }

  std::uint64_t dropped() const { return dropped_; }

 private:
  template <typename F>
  void finish_line(std::string_view last, F &take)
  {
    std::string_view line = last;
    if (!rest_.empty() || too_long_) {
      keep(last);
      line = rest_;
    }
    if (!line.empty() && line.back() == '\r')
      line.remove_suffix(1);
    if (too_long_)
      dropped_++;
    else if (!line.empty())
      take(line);
    reset();
  }

  void keep(std::string_view bytes)
  {
    if (rest_.size() + bytes.size() > kMost) {
      too_long_ = true;
      rest_.clear();
    }
    if (!too_long_)
      rest_.append(bytes);
  }

  std::string rest_;
  bool too_long_ = false;
  std::uint64_t dropped_ = 0;
};

} // namespace publishing
