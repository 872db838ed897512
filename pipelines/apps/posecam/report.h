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

/// Tells on the standard output what happens, a line each: for people, or as JSON for programs. May
/// be called from any thread, and never waits for the reader: a thread of its own writes what is
/// queued, and lines are dropped, counted and told of while the queue is full.
class Report
{
 public:
  static constexpr std::size_t kMost = 1000; ///< lines that wait at most

  /// \param file  a descriptor that outlives the process' threads
  explicit Report(bool json, int file = STDOUT_FILENO);
  Report(const Report &) = delete;
  Report &operator=(const Report &) = delete;

  /// \param event   what the line is about: "connected", "lost", "segment", "status" …
  /// \param camera  its name; empty: about the whole program
  /// \param words   for people
  /// \param fields  for programs, beside `event`, `camera`, `text`, `time` and `wall`
  void say(const std::string &event, const std::string &camera, const std::string &words,
      const nlohmann::ordered_json &fields = nlohmann::ordered_json::object());

  /// Waits until all is written.
  /// \param patience  for so many seconds at most
  /// \return how many lines nobody will read
  std::size_t finish(double patience);

  /// Process time at which all time stamps begin, ns.
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
