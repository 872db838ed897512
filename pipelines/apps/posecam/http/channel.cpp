// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/channel.h"

#include <exception>
#include <utility>

namespace posecam::http
{

namespace
{

/* More pictures than the encoder holds at a time. */
constexpr std::size_t kBeingEncoded = 8;

std::shared_ptr<const std::string> text_of(GstBuffer *line)
{
  std::string text(gst_buffer_get_size(line), '\0');
  gst_buffer_extract(line, 0, text.data(), text.size());
  while (!text.empty() && text.back() == '\n')
    text.pop_back();
  return std::make_shared<const std::string>(std::move(text));
}

} // namespace

void Channel::picture(GstBuffer *buffer, GstCaps *caps)
{
  const std::lock_guard lock(mutex_);
  encode_waiting(); // a frame without a line
  waiting_ = Frame{OwnedBuffer(gst_buffer_ref(buffer)), OwnedCaps(gst_caps_ref(caps))};
}

void Channel::line(GstBuffer *line)
{
  if (!watched_ && !listened_)
    return;
  const auto text = text_of(line);
  bool tell = false;
  {
    const std::lock_guard lock(mutex_);
    if (waiting_ && GST_BUFFER_PTS(waiting_->buffer.get()) == GST_BUFFER_PTS(line)) {
      lines_.push_back({GST_BUFFER_PTS(line), text});
      if (lines_.size() > kBeingEncoded)
        lines_.pop_front();
      encode_waiting();
    }
    if (listened_) {
      news_.lines.push_back(text);
      tell = true;
      if (news_.lines.size() > kLines) {
        news_.lines.erase(news_.lines.begin());
        news_.dropped_lines++;
      }
    }
  }
  if (tell)
    changed_();
}

/* With the lock. */
void Channel::encode_waiting()
{
  if (const auto frame = std::exchange(waiting_, std::nullopt); frame && encoder_)
    encoder_->push(frame->buffer.get(), frame->caps.get());
}

/* With the lock. Older lines are of pictures that were replaced. */
std::shared_ptr<const std::string> Channel::line_of(GstClockTime pts)
{
  while (!lines_.empty() && lines_.front().pts < pts)
    lines_.pop_front();
  if (lines_.empty() || lines_.front().pts != pts)
    return nullptr;
  return lines_.front().text;
}

void Channel::encoded(GstClockTime pts, GBytes *jpeg)
{
  {
    const std::lock_guard lock(mutex_);
    news_.dropped_shots += news_.shot ? 1 : 0;
    news_.shot = Shot{pts, {g_bytes_ref(jpeg), g_bytes_unref}, line_of(pts)};
  }
  changed_();
}

void Channel::watch(bool wanted)
{
  if (wanted == watched_)
    return;
  std::shared_ptr<Encoder> encoder; // is stopped without the lock, which its thread may wait for
  std::string failure;
  try {
    if (wanted)
      encoder =
          std::make_shared<Encoder>([this](GstClockTime pts, GBytes *jpeg) { encoded(pts, jpeg); });
  } catch (const std::exception &error) {
    failure = error.what();
  }
  const std::lock_guard lock(mutex_);
  failure_ = failure;
  watched_ = wanted;
  waiting_.reset();
  lines_.clear();
  news_.shot.reset();
  std::swap(encoder_, encoder);
}

std::string Channel::repair()
{
  std::string error;
  {
    const std::lock_guard lock(mutex_);
    error = encoder_ ? encoder_->error() : failure_;
  }
  if (!error.empty()) {
    watch(false);
    watch(true);
  }
  return error;
}

Channel::News Channel::take()
{
  const std::lock_guard lock(mutex_);
  return std::exchange(news_, {});
}

} // namespace posecam::http
