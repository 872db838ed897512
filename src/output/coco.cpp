// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/coco.h"

#include "base/derive.h"
#include "base/person.h"
#include "output/entries.h"
#include "output/json.h"
#include "output/values.h"

namespace pose
{

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
