// SPDX-License-Identifier: LGPL-2.1-or-later
// posecam as a process of its own, and what it says.
#pragma once

#include <chrono>
#include <condition_variable>
#include <csignal>
#include <functional>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <nlohmann/json.hpp>

#include <gio/gio.h>

namespace rtsp
{

using Clock = std::chrono::steady_clock;

inline double since(Clock::time_point start)
{
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// A line that it printed, and when that was.
struct Event {
  nlohmann::json line;
  Clock::time_point at;

  std::string name() const { return line.at("event"); }
};

class Process
{
 public:
  /// Starts it with --json.
  explicit Process(std::vector<std::string> arguments)
  {
    arguments.emplace_back("--json");
    std::vector<const gchar *> argv;
    for (const std::string &argument : arguments)
      argv.push_back(argument.c_str());
    argv.push_back(nullptr);
    GError *error = nullptr;
    GSubprocessLauncher *launcher = g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDOUT_PIPE);
    g_subprocess_launcher_setenv(launcher, "G_DEBUG", "fatal-criticals", TRUE);
    process_ = g_subprocess_launcher_spawnv(launcher, argv.data(), &error);
    g_object_unref(launcher);
    if (process_ == nullptr)
      throw std::runtime_error(error->message);
    reader_ = std::thread([this] { read(); });
  }
  ~Process()
  {
    g_subprocess_force_exit(process_);
    reader_.join();
    g_object_unref(process_);
  }
  Process(const Process &) = delete;
  Process &operator=(const Process &) = delete;

  /// The first event of this name that nobody took yet, when it comes within so many seconds.
  std::optional<Event> take(const std::string &name, double timeout)
  {
    std::unique_lock lock(mutex_);
    const auto until = Clock::now() + std::chrono::duration_cast<Clock::duration>(
                                          std::chrono::duration<double>(timeout));
    for (;;) {
      for (; next_ < events_.size(); next_++)
        if (events_[next_].name() == name)
          return events_[next_++];
      if (ended_ || came_.wait_until(lock, until) == std::cv_status::timeout)
        return std::nullopt;
    }
  }

  /// All events of a name so far.
  std::vector<Event> all(const std::string &name)
  {
    const std::lock_guard lock(mutex_);
    std::vector<Event> found;
    for (const Event &event : events_)
      if (event.name() == name)
        found.push_back(event);
    return found;
  }

  struct End {
    int status = -1; ///< -1: it had to be killed, or died of a signal
    double seconds = 0.0;
  };
  /// Sends a signal (0: none), and waits for the end.
  End end(int signal = SIGTERM, double timeout = 10.0)
  {
    const auto start = Clock::now();
    if (signal != 0)
      g_subprocess_send_signal(process_, signal);
    {
      std::unique_lock lock(mutex_);
      came_.wait_for(lock, std::chrono::duration<double>(timeout), [this] { return ended_; });
    }
    const double seconds = since(start);
    g_subprocess_force_exit(process_);
    g_subprocess_wait(process_, nullptr, nullptr);
    const bool exited = g_subprocess_get_if_exited(process_) != FALSE;
    return {exited ? g_subprocess_get_exit_status(process_) : -1, seconds};
  }

 private:
  void read()
  {
    GDataInputStream *lines = g_data_input_stream_new(g_subprocess_get_stdout_pipe(process_));
    while (gchar *text = g_data_input_stream_read_line(lines, nullptr, nullptr, nullptr)) {
      auto line = nlohmann::json::parse(text, nullptr, false);
      g_free(text);
      const std::lock_guard lock(mutex_);
      if (line.is_object() && line.contains("event"))
        events_.push_back({std::move(line), Clock::now()});
      came_.notify_all();
    }
    g_object_unref(lines);
    const std::lock_guard lock(mutex_);
    ended_ = true;
    came_.notify_all();
  }

  GSubprocess *process_ = nullptr;
  std::thread reader_;
  std::mutex mutex_;
  std::condition_variable came_;
  std::vector<Event> events_;
  std::size_t next_ = 0;
  bool ended_ = false;
};

} // namespace rtsp
