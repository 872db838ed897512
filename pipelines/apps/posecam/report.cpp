// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/report.h"

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

#include "posecam/clock.h"
#include "posecam/owned.h"

namespace posecam
{

/* State shared by the writing thread and the callers. It may outlive the report: the thread cannot
 * be joined while it blocks on the reader. */
struct Report::Queue {
  std::mutex mutex; // guards the following
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t dropped = 0;   // since the last queued line
  std::size_t unwritten = 0; // in total: dropped, or failed to write
  bool writing = false;

  void write(int file);
};

namespace
{

/* May block indefinitely on the reader. */
bool write_whole(int file, const std::string &line)
{
  std::size_t done = 0;
  while (done < line.size()) {
    const ssize_t count = ::write(file, line.data() + done, line.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count <= 0)
      return false;
    done += std::size_t(count);
  }
  return true;
}

} // namespace

void Report::Queue::write(int file)
{
  std::unique_lock lock(mutex);
  for (;;) {
    changed.wait(lock, [this] { return !lines.empty(); });
    const std::string line = std::move(lines.front());
    lines.pop_front();
    writing = true;
    lock.unlock();
    const bool fine = write_whole(file, line);
    lock.lock();
    writing = false;
    unwritten += fine ? 0 : 1;
    changed.notify_all();
  }
}

Report::Report(bool json, int file)
    : json_(json), start_(process_time()), queue_(std::make_shared<Queue>())
{
  std::thread([queue = queue_, file] { queue->write(file); }).detach();
}

void Report::say(const std::string &event, const std::string &camera, const std::string &words,
    const nlohmann::ordered_json &fields)
{
  std::string line = as_line(event, camera, words, fields);
  const std::lock_guard lock(queue_->mutex);
  if (queue_->lines.size() >= kMost) {
    queue_->dropped++;
    queue_->unwritten++;
    return;
  }
  if (const std::size_t count = std::exchange(queue_->dropped, 0))
    queue_->lines.push_back(as_line("dropped", "",
        text("%zu messages were dropped: they were not read in time", count), {{"lines", count}}));
  queue_->lines.push_back(std::move(line));
  queue_->changed.notify_all();
}

std::size_t Report::finish(double patience)
{
  std::unique_lock lock(queue_->mutex);
  queue_->changed.wait_for(lock, std::chrono::duration<double>(patience),
      [this] { return queue_->lines.empty() && !queue_->writing; });
  return queue_->unwritten + queue_->lines.size() + (queue_->writing ? 1 : 0);
}

std::string Report::as_line(const std::string &event, const std::string &camera,
    const std::string &words, const nlohmann::ordered_json &fields) const
{
  if (json_)
    return as_json(event, camera, words, fields) + "\n";
  return (camera.empty() ? words : camera + ": " + words) + "\n";
}

std::string Report::as_json(const std::string &event, const std::string &camera,
    const std::string &words, const nlohmann::ordered_json &fields) const
{
  using nlohmann::ordered_json;
  ordered_json line{{"event", event}};
  if (!camera.empty())
    line["camera"] = camera;
  line["text"] = words;
  line["time"] = double(process_time() - start_) / GST_SECOND;
  line["wall"] = iso_time(guint64(g_get_real_time()) * 1000);
  line.update(fields);
  return line.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

} // namespace posecam
