// SPDX-License-Identifier: LGPL-2.1-or-later
#include "gst/poseestimate/poses_message.h"

#include "gst/common/glue.h"
#include "gst/poseestimate/frame_shape.h"
#include "output/json.h"

/* The times of the analysed frame, and its line as posejson writes it. */
GstMessage *PosesMessage::make(
    GstElement *element, const pose::Result &result, std::string &line) const
{
  const GstClockTime pts = result.frame.pts.value_or(GST_CLOCK_TIME_NONE);
  const GstClockTime stream_time = glue::stream_time(segment, pts);
  pose::OutputFrame json;
  json.set = set.id;
  (set.kind == pose::Kind::Hand      ? json.hands
      : set.kind == pose::Kind::Face ? json.faces
                                     : json.people) = result.people;
  if (set.kind == pose::Kind::Face)
    json.face_set = set.id;
  json.size = size_of(info);
  json.number = result.frame.number;
  json.pts = result.frame.pts;
  json.stream_time = glue::known(stream_time);
  if (result.frame.time)
    json.running_time = std::uint64_t(*result.frame.time);
  json.utc = result.frame.utc;
  const glue::PixelAspect aspect = glue::pixel_aspect_of(info);
  json.par_n = aspect.n;
  json.par_d = aspect.d;
  json.age = glue::known(age);
  line.clear();
  pose::append_json_line(json, line);
  line.pop_back(); // the line feed
  GstStructure *structure = gst_structure_new("poses", "timestamp", G_TYPE_UINT64, pts,
      "stream-time", G_TYPE_UINT64, stream_time, "running-time", G_TYPE_UINT64,
      json.running_time.value_or(GST_CLOCK_TIME_NONE), "duration", G_TYPE_UINT64, duration,
      "people", G_TYPE_UINT, guint(result.people.size()), "json", G_TYPE_STRING, line.c_str(),
      nullptr);
  return gst_message_new_element(GST_OBJECT(element), structure);
}
