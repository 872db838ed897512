// SPDX-License-Identifier: LGPL-2.1-or-later
// Frames that a GstVideoCropMeta cuts out of their buffer's video.
#include <utility>

#include "frames.h"

namespace crop_test
{

using frames::add_crop;
using frames::add_meta;
using frames::buffer_of;
using frames::info_of;
using Crop = frames::Glue;

TEST_F(Crop, AFrameBeginsWhereItsCropDoes)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const glue::OwnedBuffer buffer = buffer_of(64 * 64);
  add_meta(buffer.get(), info, {64, 64, {0}, {64}});
  add_crop(buffer.get(), 34, 44, 30, 20);
  glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
  const pose::Canvas whole = frame.uncropped_canvas();
  EXPECT_EQ(whole.width, 64);
  EXPECT_EQ(whole.height, 64);
  EXPECT_EQ(frame.view().width, 30);
  EXPECT_EQ(frame.view().height, 20);
  EXPECT_EQ(frame.view().row(0, 0), whole.row(0, 44) + 34);
  EXPECT_EQ(frame.canvas().row(0, 19), whole.row(0, 63) + 34);
}

TEST_F(Crop, RefusesACropThatLeavesTheVideo)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const guint crops[][4] = {{35, 0, 30, 20}, {0, 45, 30, 20}, {G_MAXUINT, 0, 30, 20},
      {0, G_MAXUINT - 5, 30, 20}, {0, 0, 29, 20}, {0, 0, 30, 19}};
  for (const auto &crop : crops) {
    SCOPED_TRACE(testing::PrintToString(crop));
    const glue::OwnedBuffer buffer = buffer_of(64 * 64);
    add_meta(buffer.get(), info, {64, 64, {0}, {64}});
    add_crop(buffer.get(), crop[0], crop[1], crop[2], crop[3]);
    expect_refused(buffer.get(), info);
    expect_unlocked(buffer.get());
  }
}

TEST_F(Crop, RefusesACropOfVideoThatNothingDescribes)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const glue::OwnedBuffer buffer = buffer_of(64 * 64);
  add_crop(buffer.get(), 1, 0, 30, 20); /* the memory's video is as large as the caps say */
  expect_refused(buffer.get(), info);
}

TEST_F(Crop, ACropReachesNotBehindTheMemory)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  for (const gsize missing : {0u, 1u}) {
    /* The metadata's video is 64 rows high, the memory ends with the last sample of the crop. */
    const glue::OwnedBuffer buffer = buffer_of(29 * 64 + 40 - missing);
    add_meta(buffer.get(), info, {64, 64, {0}, {64}});
    add_crop(buffer.get(), 10, 10, 30, 20);
    if (missing != 0) {
      expect_refused(buffer.get(), info);
      continue;
    }
    glue::MappedFrame frame(buffer.get(), info, GST_MAP_READ);
    EXPECT_EQ(frame.view().width, 30);
    EXPECT_THROW(frame.uncropped_canvas(), pose::Error);
  }
}

TEST_F(Crop, WithoutACropPaddingIsNotVideo)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const glue::OwnedBuffer buffer = buffer_of(20 * 64); /* ends before the metadata's rows do */
  add_meta(buffer.get(), info, {64, 64, {0}, {64}});
  glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
  EXPECT_EQ(frame.uncropped_canvas().height, 20);
}

TEST_F(Crop, AllVideoIsNotThatOfOneViewOfSeveral)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const glue::OwnedBuffer buffer = buffer_of(2 * 30 * 20);
  add_meta(buffer.get(), info, {30, 20, {0}, {30}});
  add_meta(buffer.get(), info, {30, 20, {30 * 20}, {30}});
  glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
  EXPECT_EQ(frame.canvas().height, 20);
  EXPECT_THROW(frame.uncropped_canvas(), pose::Error);
}

class CropFormats : public testing::TestWithParam<GstVideoFormat>
{
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

/* GStreamer's own map of the whole video finds each sample of a crop, also where the crop begins
 * between the pixels of a chroma sample. */
TEST_P(CropFormats, ComponentsOfACropAreThoseOfTheWholeVideo)
{
  constexpr int kWidth = 14;
  constexpr int kHeight = 9;
  const GstVideoInfo whole = info_of(GetParam(), kWidth, kHeight);
  const GstVideoInfo info = info_of(GetParam(), 7, 5);
  for (const auto &[left, top] : {std::pair{0, 0}, {2, 2}, {3, 1}, {7, 4}}) {
    SCOPED_TRACE(testing::PrintToString(std::pair{left, top}));
    const glue::OwnedBuffer buffer = buffer_of(whole.size);
    gst_buffer_add_video_meta(buffer.get(), GST_VIDEO_FRAME_FLAG_NONE, GetParam(), kWidth, kHeight);
    add_crop(buffer.get(), guint(left), guint(top), 7, 5);
    const glue::MappedFrame cropped(buffer.get(), info, GST_MAP_READ);
    const pose::Frame view = cropped.view();
    GstVideoFrame frame;
    ASSERT_TRUE(gst_video_frame_map(&frame, &whole, buffer.get(), GST_MAP_READ));
    for (int c = 0; c < view.component_count; c++) {
      const pose::Component &component = view.components[std::size_t(c)];
      const auto *first = static_cast<const guint8 *>(GST_VIDEO_FRAME_COMP_DATA(&frame, c)) +
                          (top >> component.shift_y) * GST_VIDEO_FRAME_COMP_STRIDE(&frame, c) +
                          (left >> component.shift_x) * GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, c);
      EXPECT_EQ(view.row(c, 0), first) << "component " << c;
      EXPECT_EQ(component.step, GST_VIDEO_FRAME_COMP_PSTRIDE(&frame, c));
      EXPECT_EQ(view.row(c, 1) - view.row(c, 0), GST_VIDEO_FRAME_COMP_STRIDE(&frame, c));
    }
    gst_video_frame_unmap(&frame);
  }
}

INSTANTIATE_TEST_SUITE_P(Every, CropFormats, testing::ValuesIn(frames::kFormats),
    [](const auto &param) { return std::string(gst_video_format_to_string(param.param)); });

} // namespace crop_test
