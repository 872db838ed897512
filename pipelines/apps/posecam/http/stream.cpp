// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/http/stream.h"

#include <utility>

namespace posecam::http
{

namespace
{

using Self = std::shared_ptr<Stream>;

/* Owner of the reference that an asynchronous call holds. */
Self take(gpointer data)
{
  const std::unique_ptr<Self> owned(static_cast<Self *>(data));
  return *owned;
}

} // namespace

Stream::Stream(GIOStream *connection, Events events)
    : connection_(connection), cancellable_(g_cancellable_new()), events_(std::move(events))
{
}

Stream::~Stream() = default;

std::shared_ptr<Stream> Stream::open(GIOStream *connection, Events events)
{
  Self stream(new Stream(connection, std::move(events)));
  stream->read_next();
  return stream;
}

void Stream::write(const std::string &text)
{
  const OwnedBytes bytes(g_bytes_new(text.data(), text.size()));
  write(bytes.get());
}

void Stream::write(GBytes *bytes)
{
  if (closed_ || finishing_ || g_bytes_get_size(bytes) == 0)
    return;
  pieces_.emplace_back(g_bytes_ref(bytes));
  queued_ += g_bytes_get_size(bytes);
  write_next();
}

void Stream::write_next()
{
  if (writing_ || closed_ || pieces_.empty())
    return;
  writing_ = true;
  since_ = g_get_monotonic_time();
  gsize size = 0;
  const void *data = g_bytes_get_data(pieces_.front().get(), &size);
  g_output_stream_write_all_async(
      g_io_stream_get_output_stream(connection_.get()), data, size, G_PRIORITY_DEFAULT,
      cancellable_.get(),
      [](GObject *source, GAsyncResult *result, gpointer self) {
        const Self stream = take(self);
        const bool fine = g_output_stream_write_all_finish(
                              G_OUTPUT_STREAM(source), result, nullptr, nullptr) != FALSE;
        stream->writing_ = false;
        stream->queued_ -= g_bytes_get_size(stream->pieces_.front().get());
        stream->pieces_.pop_front();
        if (!fine)
          stream->close();
        stream->write_next();
        if (stream->closed_ || !stream->pieces_.empty())
          return;
        if (stream->finishing_)
          stream->close();
        else if (stream->events_.drained)
          stream->events_.drained();
      },
      new Self(shared_from_this()));
}

void Stream::read_next()
{
  if (closed_)
    return;
  g_input_stream_read_async(
      g_io_stream_get_input_stream(connection_.get()), input_.data(), input_.size(),
      G_PRIORITY_DEFAULT, cancellable_.get(),
      [](GObject *source, GAsyncResult *result, gpointer self) {
        const Self stream = take(self);
        const gssize size = g_input_stream_read_finish(G_INPUT_STREAM(source), result, nullptr);
        if (size <= 0) {
          stream->close();
          return;
        }
        if (!stream->closed_ && stream->events_.received)
          stream->events_.received(stream->input_.data(), std::size_t(size));
        stream->read_next();
      },
      new Self(shared_from_this()));
}

void Stream::finish()
{
  finishing_ = true;
  if (pieces_.empty())
    close();
}

void Stream::close()
{
  if (std::exchange(closed_, true))
    return;
  const Self keep = shared_from_this();
  g_cancellable_cancel(cancellable_.get());
  g_io_stream_close_async(connection_.get(), G_PRIORITY_DEFAULT, nullptr, nullptr, nullptr);
  if (events_.closed)
    events_.closed();
}

void Stream::tick()
{
  if (writing_ && g_get_monotonic_time() - since_ > kPatience * G_USEC_PER_SEC)
    close();
}

} // namespace posecam::http
