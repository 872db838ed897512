// SPDX-License-Identifier: LGPL-2.1-or-later
// What the elements promise upstream about the buffers that come.
#include <set>
#include <string>
#include <vector>

#include <gst/video/gstvideoaffinetransformationmeta.h>
#include <gst/video/video.h>

#include "overlay_support.h"
#include "tests.h"

namespace allocation_query_test
{

using namespace overlay;
using support::Toy;

GType untagged_api()
{
  static const gchar *tags[] = {nullptr};
  static const GType api = gst_meta_api_type_register("GstPoseTestNoteAPI", tags);
  return api;
}

/* What an element promises upstream while downstream promises these. */
std::set<GType> promised(Bench &bench, const std::vector<GType> &downstream)
{
  for (const GType api : downstream)
    gst_harness_add_propose_allocation_meta(bench.harness.get(), api, nullptr);
  GstCaps *caps = gst_caps_from_string(caps_of("GRAY8").c_str());
  GstQuery *query = gst_query_new_allocation(caps, TRUE);
  std::set<GType> apis;
  if (gst_pad_peer_query(bench.harness->srcpad, query))
    for (guint i = 0; i < gst_query_get_n_allocation_metas(query); i++)
      apis.insert(gst_query_parse_nth_allocation_meta(query, i, nullptr));
  gst_query_unref(query);
  gst_caps_unref(caps);
  return apis;
}

const char *const kInPlace[] = {"poseestimate", "poseoverlay"};

/* An element that is ready for frames. */
struct Playing {
  explicit Playing(const std::string &factory)
      : toy(pose::KeypointSetId::Hand),
        bench(factory == "poseestimate" ? toy.properties() : std::string(), factory)
  {
    bench.play(caps_of("GRAY8"));
  }
  Toy toy;
  Bench bench;
};

GST_START_TEST(in_place_nothing_is_promised_that_downstream_does_not_promise)
{
  Playing playing(kInPlace[__i__]);
  fail_unless(promised(playing.bench, {}).empty());
}
GST_END_TEST

GST_START_TEST(in_place_what_is_honoured_and_promised_goes_upstream)
{
  const std::vector<GType> honoured = {GST_VIDEO_META_API_TYPE, GST_VIDEO_CROP_META_API_TYPE,
      GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE,
      untagged_api()};
  std::vector<GType> all = honoured;
  all.push_back(GST_VIDEO_AFFINE_TRANSFORMATION_META_API_TYPE);
  all.push_back(GST_VIDEO_GL_TEXTURE_UPLOAD_META_API_TYPE);
  Playing playing(kInPlace[__i__]);
  fail_unless(promised(playing.bench, all) == std::set<GType>(honoured.begin(), honoured.end()));
}
GST_END_TEST

GST_START_TEST(in_place_no_crop_is_promised_without_the_video_it_is_cut_from)
{
  Playing playing(kInPlace[__i__]);
  fail_unless(promised(playing.bench, {GST_VIDEO_CROP_META_API_TYPE}).empty());
}
GST_END_TEST

GST_START_TEST(in_place_the_memory_that_downstream_wants_is_asked_for)
{
  Playing playing(kInPlace[__i__]);
  GstAllocationParams params;
  gst_allocation_params_init(&params);
  params.align = 63;
  params.padding = 100;
  gst_harness_set_propose_allocator(playing.bench.harness.get(), nullptr, &params);
  GstCaps *caps = gst_caps_from_string(caps_of("GRAY8").c_str());
  GstQuery *query = gst_query_new_allocation(caps, TRUE);
  fail_unless(gst_pad_peer_query(playing.bench.harness->srcpad, query));
  fail_unless_equals_int(gst_query_get_n_allocation_params(query), 1);
  GstAllocationParams found;
  gst_query_parse_nth_allocation_param(query, 0, nullptr, &found);
  fail_unless_equals_int(found.align, 63);
  fail_unless_equals_int(found.padding, 100);
  gst_query_unref(query);
  gst_caps_unref(caps);
}
GST_END_TEST

GST_START_TEST(posejson_promises_what_changes_nothing_for_it)
{
  Bench bench("", "posejson");
  bench.play(caps_of("GRAY8"));
  fail_unless(
      promised(bench, {}) == std::set<GType>({GST_VIDEO_META_API_TYPE, GST_VIDEO_CROP_META_API_TYPE,
                                 GST_VIDEO_OVERLAY_COMPOSITION_META_API_TYPE,
                                 GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE}));
}
GST_END_TEST

static Suite *allocation_query_suite()
{
  Suite *suite = suite_create("allocation_query");
  TCase *cases = tcase_create("general");
  suite_add_tcase(suite, cases);
  tcase_add_loop_test(cases, in_place_nothing_is_promised_that_downstream_does_not_promise, 0, 2);
  tcase_add_loop_test(cases, in_place_what_is_honoured_and_promised_goes_upstream, 0, 2);
  tcase_add_loop_test(cases, in_place_no_crop_is_promised_without_the_video_it_is_cut_from, 0, 2);
  tcase_add_loop_test(cases, in_place_the_memory_that_downstream_wants_is_asked_for, 0, 2);
  tcase_add_test(cases, posejson_promises_what_changes_nothing_for_it);
  return suite;
}

const Tests kTests{"allocation_query", allocation_query_suite};

} // namespace allocation_query_test
