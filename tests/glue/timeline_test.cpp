// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "gst/poseestimate/timeline.h"

namespace timeline_test
{

constexpr double kPeriod = 0.04;
constexpr GstClockTime kFrame = 40 * GST_MSECOND;

class Timelines : public testing::Test
{
 protected:
  void SetUp() override { gst_segment_init(&segment, GST_FORMAT_TIME); }

  bool jumps(GstClockTime pts) { return timeline.jumps(segment, pts, kPeriod); }

  /* A new segment whose running time begins at `base`, and whose stream time at `time`. */
  void begin(GstClockTime base, GstClockTime time, double rate = 1.0)
  {
    gst_segment_init(&segment, GST_FORMAT_TIME);
    segment.base = base;
    segment.time = time;
    segment.rate = rate;
    timeline.begin_segment();
  }

  GstSegment segment;
  Timeline timeline;
};

TEST_F(Timelines, GoesOnFromFrameToFrame)
{
  for (const GstClockTime pts : {0, 1, 1, 2, 20, 40})
    EXPECT_FALSE(jumps(pts * kFrame)) << pts;
}

TEST_F(Timelines, JumpsWhereTimeGoesBackOrLeaps)
{
  jumps(GST_SECOND);
  EXPECT_TRUE(jumps(GST_SECOND - 1)) << "back";
  EXPECT_FALSE(jumps(GST_SECOND + 2 * GST_SECOND)) << "a pause";
  EXPECT_TRUE(jumps(10 * GST_SECOND)) << "a leap";
  EXPECT_FALSE(jumps(10 * GST_SECOND + kFrame));
}

TEST_F(Timelines, AllowsSlowStreamsTheirPeriod)
{
  for (GstClockTime second = 0; second < 50; second += 10)
    EXPECT_FALSE(timeline.jumps(segment, second * GST_SECOND, 10.0));
}

TEST_F(Timelines, PassesOverFramesWithoutTimes)
{
  jumps(GST_SECOND);
  EXPECT_FALSE(jumps(GST_CLOCK_TIME_NONE));
  EXPECT_FALSE(jumps(GST_SECOND + kFrame));
  jumps(GST_CLOCK_TIME_NONE);
  EXPECT_TRUE(jumps(0)) << "since the latest time that was known";
}

TEST_F(Timelines, GoesOnInASegmentThatGoesOn)
{
  jumps(0);
  begin(0, 0);
  EXPECT_FALSE(jumps(kFrame)) << "the same once more";
  begin(2 * kFrame, 2 * kFrame);
  EXPECT_FALSE(jumps(0)) << "other time stamps for the same time";
}

TEST_F(Timelines, JumpsWhereASegmentBeginsSomethingElse)
{
  jumps(0);
  jumps(kFrame);
  begin(2 * kFrame, 0);
  EXPECT_TRUE(jumps(0)) << "a second round, or another file of the list";
}

TEST_F(Timelines, JumpsIntoASegmentOfWhichNothingIsKnown)
{
  jumps(0);
  gst_segment_init(&segment, GST_FORMAT_BYTES);
  timeline.begin_segment();
  EXPECT_TRUE(jumps(kFrame));
  EXPECT_FALSE(jumps(kFrame)) << "only its first frame";
}

TEST_F(Timelines, RunsWithTheRate)
{
  begin(0, 0, 8.0);
  for (GstClockTime second = 0; second < 50; second += 10)
    EXPECT_FALSE(jumps(second * GST_SECOND)) << "8 times as fast, key frames only";
  timeline.reset();
  begin(0, 0, -1.0);
  segment.stop = 10 * GST_SECOND;
  for (GstClockTime frame = 200; frame > 190; frame--)
    EXPECT_FALSE(jumps(frame * kFrame)) << "backwards";
  EXPECT_TRUE(jumps(200 * kFrame));
}

TEST_F(Timelines, ForgetsWhatWasBeforeAReset)
{
  jumps(10 * GST_SECOND);
  timeline.reset();
  EXPECT_FALSE(jumps(0));
}

} // namespace timeline_test
