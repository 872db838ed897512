// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "base/person.h"
#include "gst/common/analytics.h"
#include "gst/common/attach.h"
#include "gst/common/glue.h"

#ifdef HAVE_ANALYTICS
#include <gst/analytics/analytics.h>
#endif

namespace attach_test
{

using pose::HandSide;
using pose::Instance;
using pose::KeypointSetId;

class Attach : public testing::Test
{
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }

  GstBuffer *buffer() const { return buffer_.get(); }

  void attach(KeypointSetId mode, const std::vector<Instance> &people, bool regions)
  {
    MetaHeader analysis;
    analysis.set = mode;
    analysis.frame = {640, 480};
    analysis.running_time = 4 * GST_SECOND;
    analysis.age = GST_MSECOND;
    attach_people(buffer(), analysis, people, regions);
  }

  std::vector<GstVideoRegionOfInterestMeta *> regions() const
  {
    std::vector<GstVideoRegionOfInterestMeta *> result;
    gpointer state = nullptr;
    while (GstMeta *meta = gst_buffer_iterate_meta_filtered(
               buffer(), &state, GST_VIDEO_REGION_OF_INTEREST_META_API_TYPE))
      result.push_back(reinterpret_cast<GstVideoRegionOfInterestMeta *>(meta));
    return result;
  }

 private:
  glue::OwnedBuffer buffer_{gst_buffer_new()};
};

Instance somebody(int id, pose::Box box)
{
  Instance person;
  person.id = id;
  person.score = 0.75f;
  person.box = box;
  person.keypoints[3] = pose::Keypoint{{box.x, box.y}, 0.5f};
  return person;
}

std::string type_of(const GstVideoRegionOfInterestMeta *region)
{
  return g_quark_to_string(region->roi_type);
}

TEST_F(Attach, WhatIsAttachedIsReadBack)
{
  std::vector<Instance> hands{somebody(4, {1.5f, 2.5f, 30.f, 40.f}), Instance{}};
  hands[0].side = HandSide::Left;
  hands[0].parent = 9;
  hands[0].keypoints[20] = pose::Keypoint{{-3.25f, 700.f}, 1.f};
  attach(KeypointSetId::Hand, hands, false);

  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer());
  ASSERT_NE(meta, nullptr);
  EXPECT_EQ(keypoint_set_of(meta), KeypointSetId::Hand);
  EXPECT_EQ(gst_pose_meta_get_running_time(meta), 4 * GST_SECOND);
  EXPECT_EQ(gst_pose_meta_get_age(meta), GST_MSECOND);
  guint width = 0;
  guint height = 0;
  gst_pose_meta_get_frame_size(meta, &width, &height);
  EXPECT_EQ(width, 640u);
  EXPECT_EQ(height, 480u);

  std::vector<Instance> read(5, somebody(1, {9.f, 9.f, 9.f, 9.f})); /* to be replaced */
  read_people(meta, read);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].id, 4);
  EXPECT_EQ(read[0].score, 0.75f);
  EXPECT_EQ(read[0].side, HandSide::Left);
  EXPECT_EQ(read[0].parent, 9);
  EXPECT_EQ(read[0].box.x, 1.5f);
  EXPECT_EQ(read[0].box.height, 40.f);
  for (std::size_t i = 0; i < 21; i++) {
    ASSERT_EQ(read[0].keypoints[i].has_value(), i == 3 || i == 20) << i;
    EXPECT_FALSE(read[1].keypoints[i].has_value()) << i;
  }
  EXPECT_EQ(read[0].keypoints[20]->position.x, -3.25f);
  EXPECT_EQ(read[0].keypoints[20]->position.y, 700.f);
  EXPECT_EQ(read[0].keypoints[20]->score, 1.f);
  EXPECT_EQ(read[1].id, -2); /* not tracked */
  EXPECT_EQ(read[1].side, HandSide::Unknown);
}

TEST_F(Attach, TheAnalysisIsDescribed)
{
  MetaHeader analysis;
  analysis.frame = {640, 480};
  analysis.par_n = 16;
  analysis.par_d = 15;
  analysis.source = "bodies";
  Instance person = somebody(4, {1.f, 1.f, 5.f, 5.f});
  person.first_seen = 12345.678901234;
  attach_people(buffer(), analysis, {&person, 1}, false);
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer());
  guint n = 0;
  guint d = 0;
  gst_pose_meta_get_pixel_aspect_ratio(meta, &n, &d);
  EXPECT_EQ(n, 16u);
  EXPECT_EQ(d, 15u);
  EXPECT_STREQ(gst_pose_meta_get_source(meta), "bodies");
  EXPECT_EQ(gst_pose_meta_get_first_seen(meta, 0), 12345678901234u);
  std::vector<Instance> read;
  read_people(meta, read);
  ASSERT_TRUE(read[0].first_seen.has_value());
  EXPECT_EQ(*read[0].first_seen, 12345.678901234);
}

TEST_F(Attach, AFaceIsReadBackToItsLastKeypoint)
{
  std::vector<Instance> faces{somebody(4, {1.5f, 2.5f, 30.f, 40.f}), Instance{}};
  faces[0].parent = 0;
  faces[0].keypoints[69] = pose::Keypoint{{8.f, 9.f}, 0.25f};
  attach(KeypointSetId::Face, faces, false);
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer());
  EXPECT_EQ(keypoint_set_of(meta), KeypointSetId::Face);
  std::vector<Instance> read;
  read_people(meta, read);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].parent, 0);
  EXPECT_EQ(read[0].side, HandSide::Unknown);
  ASSERT_TRUE(read[0].keypoints[69].has_value());
  EXPECT_EQ(read[0].keypoints[69]->position.y, 9.f);
  EXPECT_EQ(read[1].parent, -1);
}

TEST_F(Attach, NobodyIsAlsoAnAnswer)
{
  attach(KeypointSetId::Coco, {}, true);
  ASSERT_NE(gst_buffer_get_pose_meta(buffer()), nullptr);
  EXPECT_EQ(gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(buffer())), 0u);
  EXPECT_TRUE(regions().empty());
}

TEST_F(Attach, AddsNoRegionsUnasked)
{
  attach(KeypointSetId::Coco, {somebody(0, {1.f, 1.f, 5.f, 5.f})}, false);
  EXPECT_TRUE(regions().empty());
}

TEST_F(Attach, MakesARegionOfThePixelsThatABoxTouches)
{
  attach(KeypointSetId::Coco, {somebody(8, {10.2f, 20.4f, 5.f, 6.2f})}, true);
  ASSERT_EQ(regions().size(), 1u);
  GstVideoRegionOfInterestMeta *region = regions()[0];
  EXPECT_EQ(type_of(region), "person");
  EXPECT_EQ(region->id, 8);
  EXPECT_EQ(region->x, 10u);
  EXPECT_EQ(region->y, 20u);
  EXPECT_EQ(region->w, 6u); /* pixels 10 to 15 */
  EXPECT_EQ(region->h, 8u); /* 20 to 27 */
  const GstStructure *params = gst_video_region_of_interest_meta_get_param(region, "gst-pose");
  ASSERT_NE(params, nullptr);
  gdouble score = 0.;
  EXPECT_TRUE(gst_structure_get_double(params, "score", &score));
  EXPECT_EQ(score, 0.75);
  EXPECT_STREQ(gst_structure_get_string(params, "keypoint-set"), "coco");
}

TEST_F(Attach, CutsRegionsAtTheEdgesOfTheFrame)
{
  attach(KeypointSetId::Coco,
      {somebody(0, {-50.f, -50.f, 2000.f, 2000.f}), somebody(1, {-50.f, 470.f, 60.f, 1e30f})},
      true);
  ASSERT_EQ(regions().size(), 2u);
  EXPECT_EQ(regions()[0]->x, 0u);
  EXPECT_EQ(regions()[0]->y, 0u);
  EXPECT_EQ(regions()[0]->w, 640u);
  EXPECT_EQ(regions()[0]->h, 480u);
  EXPECT_EQ(regions()[1]->x, 0u);
  EXPECT_EQ(regions()[1]->y, 470u);
  EXPECT_EQ(regions()[1]->w, 11u);
  EXPECT_EQ(regions()[1]->h, 10u);
}

TEST_F(Attach, MakesNoRegionOutsideTheFrame)
{
  attach(KeypointSetId::Coco,
      {somebody(0, {-50.f, 0.f, 40.f, 40.f}), somebody(1, {640.f, 0.f, 40.f, 40.f}),
          somebody(2, {0.f, 480.f, 40.f, 40.f}), somebody(3, {NAN, 0.f, 40.f, 40.f}),
          somebody(4, {639.f, 479.f, 40.f, 40.f})},
      true);
  ASSERT_EQ(regions().size(), 1u);
  EXPECT_EQ(regions()[0]->id, 4);
  EXPECT_EQ(regions()[0]->w, 1u);
  EXPECT_EQ(gst_pose_meta_get_n_poses(gst_buffer_get_pose_meta(buffer())), 5u);
}

TEST_F(Attach, NumbersTheRegionsOfUntrackedPeople)
{
  const pose::Box box{1.f, 1.f, 5.f, 5.f};
  attach(KeypointSetId::Coco, {somebody(-1, box), somebody(-1, box)}, true);
  ASSERT_EQ(regions().size(), 2u);
  EXPECT_EQ(regions()[0]->id, -2);
  EXPECT_EQ(regions()[1]->id, -3);
  EXPECT_EQ(regions()[1]->parent_id, -1);
}

TEST_F(Attach, HandsPointToTheirOwner)
{
  std::vector<Instance> hands{somebody(2, {1.f, 1.f, 5.f, 5.f})};
  hands[0].parent = 11;
  attach(KeypointSetId::Hand, hands, true);
  ASSERT_EQ(regions().size(), 1u);
  EXPECT_EQ(type_of(regions()[0]), "hand");
  EXPECT_EQ(regions()[0]->parent_id, 11);
}

TEST_F(Attach, FacesPointToTheirOwner)
{
  std::vector<Instance> faces{somebody(2, {1.f, 1.f, 5.f, 5.f})};
  faces[0].parent = 11;
  attach(KeypointSetId::Face, faces, true);
  ASSERT_EQ(regions().size(), 1u);
  EXPECT_EQ(type_of(regions()[0]), "face");
  EXPECT_EQ(regions()[0]->id, 2);
  EXPECT_EQ(regions()[0]->parent_id, 11);
}

#ifdef HAVE_ANALYTICS
TEST_F(Attach, ATrackIsOldFromTheFrameOfItsFirstSight)
{
  Instance tracked = somebody(8, {10.f, 20.f, 5.f, 6.f});
  tracked.first_seen = 1.5;
  attach(KeypointSetId::Coco, {tracked, somebody(-1, {30.f, 20.f, 5.f, 6.f})}, true);
  GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer());
  ASSERT_NE(relations, nullptr);
  gpointer state = nullptr;
  GstAnalyticsMtd detection{};
  std::vector<gint> lefts;
  int tracks = 0;
  while (gst_analytics_relation_meta_iterate(
      relations, &state, gst_analytics_od_mtd_get_mtd_type(), &detection)) {
    gint x = 0;
    gint y = 0;
    gint w = 0;
    gint h = 0;
    gfloat confidence = 0.f;
    ASSERT_TRUE(gst_analytics_od_mtd_get_location(&detection, &x, &y, &w, &h, &confidence));
    EXPECT_STREQ(g_quark_to_string(gst_analytics_od_mtd_get_obj_type(&detection)), "person");
    EXPECT_EQ(confidence, 0.75f);
    lefts.push_back(x);
    gpointer related = nullptr;
    GstAnalyticsMtd tracking{};
    while (gst_analytics_relation_meta_get_direct_related(relations, detection.id,
        GST_ANALYTICS_REL_TYPE_RELATE_TO, gst_analytics_tracking_mtd_get_mtd_type(), &related,
        &tracking)) {
      guint64 id = 0;
      GstClockTime first = 0;
      GstClockTime last = 0;
      gboolean lost = TRUE;
      ASSERT_TRUE(gst_analytics_tracking_mtd_get_info(&tracking, &id, &first, &last, &lost));
      EXPECT_EQ(id, 8u);
      EXPECT_EQ(first, GstClockTime(1.5 * GST_SECOND));
      EXPECT_EQ(last, 4 * GST_SECOND);
      EXPECT_FALSE(lost);
      EXPECT_EQ(x, 10);
      tracks++;
    }
  }
  EXPECT_EQ(lefts, (std::vector<gint>{10, 30}));
  EXPECT_EQ(tracks, 1);
}
#endif

#if defined(HAVE_ANALYTICS) && GST_CHECK_VERSION(1, 29, 0)

GstVideoInfo info_of_640x480()
{
  GstVideoInfo info;
  gst_video_info_set_format(&info, GST_VIDEO_FORMAT_I420, 640, 480);
  return info;
}

void remove_pose_metas(GstBuffer *buffer)
{
  while (GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer))
    gst_buffer_remove_meta(buffer, &meta->meta);
}

TEST_F(Attach, KeypointGroupsAreReadBack)
{
  Instance tracked = somebody(8, {10.f, 20.f, 50.f, 60.f});
  tracked.keypoints[4] = pose::Keypoint{{30.f, 40.f}, 0.25f};
  tracked.keypoints[17] = pose::Keypoint{{-7.f, 50.f}, 1.f};
  attach(KeypointSetId::Coco, {tracked, somebody(-1, {100.f, 20.f, 5.f, 6.f})}, true);
  Instance hand = somebody(3, {200.f, 100.f, 20.f, 20.f});
  hand.side = HandSide::Right;
  attach(KeypointSetId::Hand, {hand}, true);
  EXPECT_FALSE(has_only_keypoint_groups(buffer()));
  remove_pose_metas(buffer());
  ASSERT_TRUE(has_only_keypoint_groups(buffer()));
  adopt_keypoint_groups(buffer(), info_of_640x480());

  ASSERT_EQ(gst_buffer_get_n_pose_metas(buffer()), 2u);
  std::vector<Instance> read;
  const GstPoseMeta *bodies = gst_buffer_get_nth_pose_meta(buffer(), 0);
  EXPECT_EQ(keypoint_set_of(bodies), KeypointSetId::Coco);
  read_people(bodies, read);
  ASSERT_EQ(read.size(), 2u);
  EXPECT_EQ(read[0].id, 8);
  EXPECT_EQ(read[0].score, 0.75f);
  EXPECT_EQ(read[0].box.x, 10.f);
  EXPECT_EQ(read[0].box.width, 50.f);
  for (std::size_t i = 0; i < 18; i++) {
    ASSERT_EQ(read[0].keypoints[i].has_value(), tracked.keypoints[i].has_value()) << i;
    if (tracked.keypoints[i]) {
      EXPECT_EQ(read[0].keypoints[i]->position.x, tracked.keypoints[i]->position.x);
      EXPECT_EQ(read[0].keypoints[i]->position.y, tracked.keypoints[i]->position.y);
      EXPECT_EQ(read[0].keypoints[i]->score, tracked.keypoints[i]->score);
    }
  }
  EXPECT_LT(read[1].id, -1);
  const GstPoseMeta *hands = gst_buffer_get_nth_pose_meta(buffer(), 1);
  EXPECT_EQ(keypoint_set_of(hands), KeypointSetId::Hand);
  read_people(hands, read);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].side, HandSide::Right);
}

TEST_F(Attach, OnlyLimbsWithBothEndsAreRelated)
{
  Instance person = somebody(8, {10.f, 20.f, 50.f, 60.f});
  person.keypoints = {};
  person.keypoints[1] = pose::Keypoint{{30.f, 40.f}, 1.f}; /* neck */
  person.keypoints[2] = pose::Keypoint{{20.f, 40.f}, 1.f}; /* right shoulder */
  attach(KeypointSetId::Coco, {person}, true);
  GstAnalyticsRelationMeta *relations = gst_buffer_get_analytics_relation_meta(buffer());
  gpointer state = nullptr;
  GstAnalyticsMtd keypoint{};
  int limbs = 0;
  while (gst_analytics_relation_meta_iterate(
      relations, &state, gst_analytics_keypoint_mtd_get_mtd_type(), &keypoint)) {
    gpointer related = nullptr;
    GstAnalyticsMtd other{};
    while (gst_analytics_relation_meta_get_direct_related(relations, keypoint.id,
        GST_ANALYTICS_REL_TYPE_RELATE_TO, gst_analytics_keypoint_mtd_get_mtd_type(), &related,
        &other))
      limbs++;
  }
  EXPECT_EQ(limbs, 1);
}

TEST_F(Attach, KeypointsOfOthersInTheOrderOfCocoAreRead)
{
  GstAnalyticsRelationMeta *relations = gst_buffer_add_analytics_relation_meta(buffer());
  std::vector<gint> positions;
  std::vector<gfloat> confidences;
  for (gint i = 0; i < 17; i++) {
    positions.insert(positions.end(), {10 * i, i});
    confidences.push_back(i == 16 ? 0.f : 0.5f);
  }
  GstAnalyticsGroupMtd group{};
  for (const char *tag : {"model/body-pose/coco-17", "no-pose", "face-70-kp"})
    ASSERT_TRUE(gst_analytics_relation_meta_add_keypoints_group(relations, tag,
        GST_ANALYTICS_KEYPOINT_DIMENSIONS_2D, positions.size(), positions.data(), 17,
        confidences.data(), nullptr, 0, nullptr, &group));
  adopt_keypoint_groups(buffer(), info_of_640x480());
  std::vector<Instance> read;
  read_people(gst_buffer_get_pose_meta(buffer()), read);
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].score, 0.5f);
  const auto at = [&](std::size_t i) { return read[0].keypoints[i]->position.x; };
  EXPECT_EQ(at(0), 0.f);                           /* nose */
  EXPECT_EQ(at(1), 55.f);                          /* neck, between shoulders 5 and 6 */
  EXPECT_EQ(at(2), 60.f);                          /* right shoulder */
  EXPECT_EQ(at(7), 90.f);                          /* left wrist */
  EXPECT_EQ(at(14), 20.f);                         /* right eye */
  EXPECT_EQ(at(17), 30.f);                         /* left ear */
  EXPECT_FALSE(read[0].keypoints[10].has_value()); /* right ankle */
  /* 17 keypoints are no face of 70. */
  EXPECT_EQ(gst_pose_meta_get_n_poses(gst_buffer_get_nth_pose_meta(buffer(), 1)), 0u);
}
#endif

} // namespace attach_test
