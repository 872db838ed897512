// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/coco.h"

#include "base/derive.h"
#include "base/person.h"
#include "output/entries.h"
#include "output/json.h"
#include "output/values.h"

namespace pose
{

namespace
{

/* COCO counts from the top left corner of the image, our positions from the centre of its first
 * pixel. */
Point from_corner(Point point)
{
  return {point.x + 0.5f, point.y + 0.5f};
}

} // namespace

void CocoWriter::write(const OutputFrame &frame, std::string &text)
{
  bool is_open = is_open_;
  for_each_entry(frame, [&](const Entry &entry) {
    if (entry.body == nullptr)
      return;
    person_ = *entry.body;
    derive(person_, frame.set, KeypointSetId::Coco17);
    if (is_empty(person_))
      return;
    map_keypoints(person_, from_corner);
    text += is_open ? ",{" : "[{";
    is_open = true;
    text += "\"image_id\":";
    append_integer(text, frame.number);
    text += ",\"category_id\":1,";
    append_keypoints(text, "keypoints", &person_, KeypointSetId::Coco17);
    text += ",\"score\":";
    append_number(text, person_.score);
    text += "}\n";
  });
  is_open_ = is_open;
}

void CocoWriter::finish(std::string &text)
{
  text += is_open_ ? "]\n" : "[]\n";
  restart();
}

} // namespace pose
