// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <string>

#include <nlohmann/json.hpp>

#include <glib.h>

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
/// be called from any thread.
class Report
{
 public:
  explicit Report(bool json) : json_(json) {}

  /// \param event   what the line is about: "connected", "lost", "segment", "status" …
  /// \param camera  its name; empty: about the whole program
  /// \param words   for people
  /// \param fields  for programs, beside `event`, `camera` and `text`
  void say(const std::string &event, const std::string &camera, const std::string &words,
      const nlohmann::ordered_json &fields = nlohmann::ordered_json::object())
  {
    const std::string line = json_ ? as_json(event, camera, words, fields)
                                   : (camera.empty() ? words : camera + ": " + words);
    const std::lock_guard lock(mutex_);
    std::printf("%s\n", line.c_str());
    std::fflush(stdout);
  }

 private:
  static std::string as_json(const std::string &event, const std::string &camera,
      const std::string &words, const nlohmann::ordered_json &fields)
  {
    using nlohmann::ordered_json;
    ordered_json line{{"event", event}};
    if (!camera.empty())
      line["camera"] = camera;
    line["text"] = words;
    line.update(fields);
    return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
  }

  bool json_;
  std::mutex mutex_;
};

} // namespace posecam
