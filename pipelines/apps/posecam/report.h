// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdarg>
#include <memory>
#include <string>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include <gst/gst.h>

namespace posecam
{

/// As printf().
G_GNUC_PRINTF(1, 2) inline std::string text(const char *format, ...)
{
  va_list values;
  va_start(values, format);
  gchar *line = g_strdup_vprintf(format, values);
  va_end(values);
  std::string result = line;
  g_free(line);
  return result;
}

/// Reports events on the standard output, one line each: for people, or as JSON for programs.
/// Thread-safe; never blocks on the reader: a separate thread writes the queued lines, and while
/// the queue is full, lines are dropped, counted and the count reported.
class Report
{
 public:
  static constexpr std::size_t kMost = 1000; ///< maximum number of queued lines

  /// \param file  a descriptor that outlives the process' threads
  explicit Report(bool json, int file = STDOUT_FILENO);
  Report(const Report &) = delete;
  Report &operator=(const Report &) = delete;

  /// \param event   kind of event: "connected", "lost", "segment", "status" …
  /// \param camera  its name; empty: about the whole program
  /// \param words   for people
  /// \param fields  for programs, beside `event`, `camera`, `text`, `time` and `wall`
  void say(const std::string &event, const std::string &camera, const std::string &words,
      const nlohmann::ordered_json &fields = nlohmann::ordered_json::object());

  /// Waits until all lines are written.
  /// \param patience  maximum wait, seconds
  /// \return number of lines that were not written
  std::size_t finish(double patience);

  /// Process time that all timestamps are relative to, ns.
  GstClockTime start() const { return start_; }

 private:
  struct Queue;

  std::string as_json(const std::string &event, const std::string &camera, const std::string &words,
      const nlohmann::ordered_json &fields) const;
  std::string as_line(const std::string &event, const std::string &camera, const std::string &words,
      const nlohmann::ordered_json &fields) const;

  bool json_;
  GstClockTime start_;
  std::shared_ptr<Queue> queue_;
};

} // namespace posecam
