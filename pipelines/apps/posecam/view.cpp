// SPDX-License-Identifier: LGPL-2.1-or-later
#include "posecam/view.h"

namespace posecam
{

namespace
{

constexpr std::size_t kWidth = 1280;

std::string number(std::size_t value)
{
  return std::to_string(value);
}

std::string describe(std::size_t cameras, const std::string &sink)
{
  std::size_t columns = 1;
  while (columns * columns < cameras)
    columns++;
  const std::size_t rows = (cameras + columns - 1) / columns;
  const std::size_t width = kWidth / columns / 2 * 2;
  const std::size_t height = width * 9 / 16 / 2 * 2;

  std::string mixer = "compositor name=mix background=black";
  std::string branches;
  for (std::size_t i = 0; i < cameras; i++) {
    const std::string pad = " sink_" + number(i) + "::";
    mixer += pad + "xpos=" + number(i % columns * width) + pad +
             "ypos=" + number(i / columns * height) + pad + "max-last-buffer-repeat=2000000000";
    branches += " appsrc name=camera" + number(i) +
                " do-timestamp=true ! videoconvert ! videoscale add-borders=true ! "
                "video/x-raw,format=I420,pixel-aspect-ratio=1/1,width=" +
                number(width) + ",height=" + number(height) +
                " ! queue leaky=downstream max-size-buffers=1 ! mix.sink_" + number(i);
  }
  return mixer + " ! video/x-raw,framerate=25/1,width=" + number(columns * width) +
         ",height=" + number(rows * height) + " ! queue ! videoconvert ! " + sink + branches;
}

} // namespace

View::View(std::size_t cameras, const std::string &sink)
    : pipeline_(parse_pipeline(describe(cameras, sink))), bus_(gst_element_get_bus(pipeline_.get()))
{
  for (std::size_t i = 0; i < cameras; i++)
    feeds_.push_back(std::make_unique<Feed>(
        element_of(pipeline_, ("camera" + number(i)).c_str()), Feed::Full::DropOldest, 0, true));
  start_pipeline(pipeline_);
}

View::~View()
{
  gst_element_set_state(pipeline_.get(), GST_STATE_NULL);
}

void View::push(std::size_t camera, GstBuffer *buffer, GstCaps *caps)
{
  feeds_[camera]->push_now(buffer, caps);
}

std::optional<std::string> View::error()
{
  const OwnedMessage message(gst_bus_pop_filtered(bus_.get(), GST_MESSAGE_ERROR));
  if (!message)
    return std::nullopt;
  return error_text(message.get());
}

} // namespace posecam
