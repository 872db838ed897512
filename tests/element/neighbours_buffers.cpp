// SPDX-License-Identifier: LGPL-2.1-or-later
// Buffers are treated, and metadata and memory taken, as docs/neighbours.md says.
#include <functional>
#include <map>
#include <string>
#include <utility>

#include <gst/video/gstvideoaffinetransformationmeta.h>
#include <gst/video/video-anc.h>
#include <gst/video/video.h>

#include "tables.h"
#include "tests.h"

namespace neighbours_buffers_test
{

using namespace overlay;
using namespace tables;

/* A frame on which posejson writes and poseoverlay draws nothing. */
GstBuffer *new_analysed_frame()
{
  GstBuffer *buffer = new_frame("GRAY8");
  add_meta(buffer);
  return buffer;
}

std::string flag_fate(const std::string &element, const std::string &name)
{
  const std::map<std::string, guint> flags = {{"discont", GST_BUFFER_FLAG_DISCONT},
      {"gap", GST_BUFFER_FLAG_GAP}, {"corrupted", GST_BUFFER_FLAG_CORRUPTED},
      {"marker", GST_BUFFER_FLAG_MARKER}, {"droppable", GST_BUFFER_FLAG_DROPPABLE},
      {"delta-unit", GST_BUFFER_FLAG_DELTA_UNIT}, {"interlaced", GST_VIDEO_BUFFER_FLAG_INTERLACED}};
  Playing playing(element);
  for (const bool first : {true, false}) { /* the first buffer of all is marked by some */
    GstBuffer *in = new_analysed_frame();
    GST_BUFFER_PTS(in) = first ? 0 : GST_SECOND / 25;
    if (!first)
      GST_BUFFER_FLAG_SET(in, flags.at(name));
    GstBuffer *out = playing.bench.pass(in);
    fail_unless(out != nullptr);
    const bool kept = GST_BUFFER_FLAG_IS_SET(out, flags.at(name));
    gst_buffer_unref(out);
    if (!first)
      return kept ? "kept" : "dropped";
  }
  return {};
}

using Adder = std::function<void(GstBuffer *)>;

void add_composition(GstBuffer *buffer)
{
  GstVideoOverlayComposition *composition = gst_video_overlay_composition_new(nullptr);
  gst_buffer_add_video_overlay_composition_meta(buffer, composition);
  gst_video_overlay_composition_unref(composition);
}

void add_reference(GstBuffer *buffer)
{
  GstCaps *caps = gst_caps_new_empty_simple("timestamp/x-unix");
  gst_buffer_add_reference_timestamp_meta(buffer, caps, GST_SECOND, GST_CLOCK_TIME_NONE);
  gst_caps_unref(caps);
}

void add_time_code(GstBuffer *buffer)
{
  gst_buffer_add_video_time_code_meta_full(
      buffer, 25, 1, nullptr, GST_VIDEO_TIME_CODE_FLAGS_NONE, 0, 0, 1, 0, 0);
}

void add_caption(GstBuffer *buffer)
{
  const guint8 data[] = {0x80, 0x80};
  gst_buffer_add_video_caption_meta(buffer, GST_VIDEO_CAPTION_TYPE_CEA608_RAW, data, sizeof data);
}

void add_video_meta(GstBuffer *buffer)
{
  gst_buffer_add_video_meta(
      buffer, GST_VIDEO_FRAME_FLAG_NONE, GST_VIDEO_FORMAT_GRAY8, guint(kWidth), guint(kHeight));
}

void add_crop(GstBuffer *buffer)
{
  GstVideoCropMeta *crop = gst_buffer_add_video_crop_meta(buffer);
  crop->width = guint(kWidth);
  crop->height = guint(kHeight);
}

std::string meta_fate(const std::string &element, const std::string &name)
{
  const std::map<std::string, std::pair<GType, Adder>> metas = {
      {"GstVideoMeta", {GST_VIDEO_META_API_TYPE, add_video_meta}},
      {"GstVideoCropMeta", {GST_VIDEO_CROP_META_API_TYPE, add_crop}},
      {"GstPoseMeta", {GST_POSE_META_API_TYPE, [](GstBuffer *) {}}},
      {"GstVideoRegionOfInterestMeta", {GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE,
                                           [](GstBuffer *buffer) {
                                             gst_buffer_add_video_region_of_interest_meta(
                                                 buffer, "thing", 0, 0, 8, 8);
                                           }}},
      {"GstReferenceTimestampMeta", {GST_REFERENCE_TIMESTAMP_META_API_TYPE, add_reference}},
      {"GstVideoOverlayCompositionMeta",
          {GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, add_composition}},
      {"GstVideoTimeCodeMeta", {GST_VIDEO_TIME_CODE_META_API_TYPE, add_time_code}},
      {"GstVideoCaptionMeta", {GST_VIDEO_CAPTION_META_API_TYPE, add_caption}},
      {"GstVideoAffineTransformationMeta",
          {GST_VIDEO_AFFINE_TRANSFORMATION_META_API_TYPE,
              [](GstBuffer *buffer) { gst_buffer_add_video_affine_transformation_meta(buffer); }}},
  };
  const auto &[api, add] = metas.at(name);
  Playing playing(element);
  GstBuffer *in = new_analysed_frame();
  add(in);
  GstBuffer *out = playing.bench.pass(in);
  fail_unless(out != nullptr);
  const bool is_there = gst_buffer_get_n_meta(out, api) > 0;
  gst_buffer_unref(out);
  return !is_there ? "dropped" : element == "posejson" ? "copied" : "kept";
}

bool promises(const std::string &element, GType api, bool with_downstream)
{
  Playing playing(element);
  if (with_downstream) {
    gst_harness_add_propose_allocation_meta(playing.harness(), GST_VIDEO_META_API_TYPE, nullptr);
    if (api != GST_VIDEO_META_API_TYPE)
      gst_harness_add_propose_allocation_meta(playing.harness(), api, nullptr);
  }
  GstCaps *caps = gst_caps_from_string(caps_of("GRAY8").c_str());
  GstQuery *query = gst_query_new_allocation(caps, TRUE);
  gst_caps_unref(caps);
  const bool promised = gst_pad_peer_query(playing.harness()->srcpad, query) &&
                        gst_query_find_allocation_meta(query, api, nullptr);
  gst_query_unref(query);
  return promised;
}

std::string promise(const std::string &element, const std::string &name)
{
  const std::map<std::string, GType> apis = {{"GstVideoMeta", GST_VIDEO_META_API_TYPE},
      {"GstVideoCropMeta", GST_VIDEO_CROP_META_API_TYPE},
      {"GstVideoOverlayCompositionMeta", GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE},
      {"GstVideoRegionOfInterestMeta", GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE},
      {"GstVideoAffineTransformationMeta", GST_VIDEO_AFFINE_TRANSFORMATION_META_API_TYPE},
      {"GstVideoGLTextureUploadMeta", GST_VIDEO_GL_TEXTURE_UPLOAD_META_API_TYPE}};
  const GType api = apis.at(name);
  if (promises(element, api, false))
    return "always";
  return promises(element, api, true) ? "with downstream" : "never";
}

std::string feature(const std::string &element, const std::string &name)
{
  Playing playing(element);
  std::string text = caps_of("RGBA");
  text.replace(0, std::string("video/x-raw").size(), "video/x-raw(" + name + ")");
  GstCaps *caps = gst_caps_from_string(text.c_str());
  const bool accepted = gst_pad_peer_query_accept_caps(playing.harness()->srcpad, caps);
  gst_caps_unref(caps);
  return accepted ? "accepted" : "refused";
}

GST_START_TEST(flags_are_kept_as_documented)
{
  check("Buffer flags", flag_fate);
}
GST_END_TEST

GST_START_TEST(metadata_is_kept_as_documented)
{
  check("Metadata", meta_fate);
}
GST_END_TEST

GST_START_TEST(metadata_is_promised_as_documented)
{
  check("Promised metadata", promise);
}
GST_END_TEST

GST_START_TEST(caps_features_are_accepted_as_documented)
{
  check("Memory", feature);
}
GST_END_TEST

static Suite *neighbours_buffers_suite()
{
  Suite *suite = suite_create("neighbours_buffers");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_test(cases, flags_are_kept_as_documented);
  tcase_add_test(cases, metadata_is_kept_as_documented);
  tcase_add_test(cases, metadata_is_promised_as_documented);
  tcase_add_test(cases, caps_features_are_accepted_as_documented);
  return suite;
}

const Tests kTests{"neighbours_buffers", neighbours_buffers_suite};

} // namespace neighbours_buffers_test
