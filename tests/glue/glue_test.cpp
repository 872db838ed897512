// SPDX-License-Identifier: LGPL-2.1-or-later
#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include <gst/gst.h>
#include <gst/video/video.h>

#include "frames.h"
#include "gst/common/glue.h"

namespace glue_test
{

using frames::add_meta;
using frames::buffer_of;
using frames::Glue;
using frames::info_of;

TEST_F(Glue, MappedFrameTakesNoReference)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_I420, 64, 48);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  const glue::MappedFrame frame(buffer.get(), info, GST_MAP_READ);
  /* transform_ip adds metadata while the frame is mapped: only to a writable buffer. */
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer.get()), 1);
  EXPECT_TRUE(gst_buffer_is_writable(buffer.get()));
}

TEST_F(Glue, UnmappingLeavesNothingLocked)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_I420, 64, 48);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  {
    const glue::MappedFrame frame(buffer.get(), info, GST_MAP_READ);
  }
  expect_unlocked(buffer.get());
}

TEST_F(Glue, RefusesAnEmptyBuffer)
{
  const glue::OwnedBuffer buffer(gst_buffer_new());
  expect_refused(buffer.get(), info_of(GST_VIDEO_FORMAT_I420, 64, 48));
}

TEST_F(Glue, RefusesABufferOneByteShort)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_NV12, 64, 48);
  expect_refused(buffer_of(info.size - 1).get(), info);
}

TEST_F(Glue, RefusesCapsWithoutASize)
{
  GstVideoInfo info;
  gst_video_info_init(&info);
  expect_refused(buffer_of(100).get(), info);
}

TEST_F(Glue, DoesNotBelieveAMetaThatClaimsFourGigabytes)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 4096, 4096);
  const glue::OwnedBuffer buffer = buffer_of(12288);
  add_meta(buffer.get(), info, {4096, 4096, {0}, {1 << 20}});
  expect_refused(buffer.get(), info);

  /* And the refusal has left nothing mapped. */
  EXPECT_EQ(GST_MINI_OBJECT_REFCOUNT_VALUE(buffer.get()), 1);
  expect_unlocked(buffer.get());
}

TEST_F(Glue, RefusesAMetaSmallerThanTheCaps)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 64, 64);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  add_meta(buffer.get(), info, {64, 63, {0}, {64}});
  expect_refused(buffer.get(), info);
}

TEST_F(Glue, RefusesAMetaOfAnotherFormat)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_I420, 64, 64);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  add_meta(buffer.get(), info_of(GST_VIDEO_FORMAT_GRAY8, 64, 64), {64, 64, {0}, {64}});
  expect_refused(buffer.get(), info);
}

TEST_F(Glue, RefusesStridesThatAreNotPositive)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 16, 16);
  for (const gint stride : {0, -16, G_MININT}) {
    const glue::OwnedBuffer buffer = buffer_of(4096);
    add_meta(buffer.get(), info, {16, 16, {2048}, {stride}});
    expect_refused(buffer.get(), info);
  }
}

TEST_F(Glue, RefusesAPlaneThatStartsBehindTheMemory)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_NV12, 16, 16);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  add_meta(buffer.get(), info, {16, 16, {0, info.size + 1}, {16, 16}});
  expect_refused(buffer.get(), info);
}

TEST_F(Glue, TakesTheSizeOfTheCapsNotOfTheMeta)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 30, 20);
  const glue::OwnedBuffer buffer = buffer_of(64 * 64);
  add_meta(buffer.get(), info, {64, 64, {0}, {64}});
  const glue::MappedFrame frame(buffer.get(), info, GST_MAP_READ);
  EXPECT_EQ(frame.view().width, 30);
  EXPECT_EQ(frame.view().height, 20);
  EXPECT_EQ(frame.view().planes[0].stride, 64);
}

TEST_F(Glue, RowsOf321BgrPixelsAreFourBytesAligned)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_BGR, 321, 2);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
  const pose::Canvas canvas = frame.canvas();
  EXPECT_EQ(canvas.row(2, 1) - canvas.row(2, 0), 964);
}

TEST_F(Glue, AcceptsEveryStrideWhoseLastRowFits)
{
  constexpr int kWidth = 7;
  constexpr int kHeight = 5;
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_RGB, kWidth, kHeight);
  for (gint stride = kWidth * 3; stride < kWidth * 3 + 100; stride++) {
    const gsize size = gsize(stride) * (kHeight - 1) + kWidth * 3;
    const glue::OwnedBuffer exact = buffer_of(size);
    add_meta(exact.get(), info, {kWidth, kHeight, {0}, {stride}});
    const glue::MappedFrame frame(exact.get(), info, GST_MAP_READ);
    EXPECT_EQ(frame.view().planes[0].stride, stride);

    const glue::OwnedBuffer one_byte_less = buffer_of(size - 1);
    add_meta(one_byte_less.get(), info, {kWidth, kHeight, {0}, {stride}});
    expect_refused(one_byte_less.get(), info);
  }
}

TEST_F(Glue, ReachesPlanesInMemoriesOfTheirOwn)
{
  constexpr guint kSize = 16;
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_I420, kSize, kSize);
  glue::OwnedBuffer buffer(gst_buffer_new());
  for (const gsize size : {16u * 16u, 8u * 8u, 8u * 8u})
    gst_buffer_append_memory(buffer.get(), gst_allocator_alloc(nullptr, size, nullptr));
  add_meta(buffer.get(), info, {kSize, kSize, {0, 256, 320}, {16, 8, 8}});
  {
    glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
    for (int c = 0; c < 3; c++)
      *frame.canvas().row(c, 0) = std::uint8_t(c + 1);
  }
  for (guint i = 0; i < 3; i++) {
    guint8 first = 0;
    ASSERT_EQ(gst_buffer_n_memory(buffer.get()), 3u);
    const gsize offset = std::array<gsize, 3>{0, 256, 320}[i];
    gst_buffer_extract(buffer.get(), offset, &first, 1);
    EXPECT_EQ(first, i + 1);
  }
}

TEST_F(Glue, RefusesAPlaneCutInTwoMemories)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 16, 16);
  glue::OwnedBuffer buffer(gst_buffer_new());
  for (int i = 0; i < 2; i++)
    gst_buffer_append_memory(buffer.get(), gst_allocator_alloc(nullptr, 128, nullptr));
  add_meta(buffer.get(), info, {16, 16, {0}, {16}});
  expect_refused(buffer.get(), info);
}

TEST_F(Glue, RefusesToDrawOnASharedBuffer)
{
  const GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 16, 16);
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  const glue::OwnedBuffer second(gst_buffer_ref(buffer.get()));
  expect_refused(buffer.get(), info, GST_MAP_READWRITE);
}

TEST_F(Glue, RefusesFormatsWithoutWholeByteSamples)
{
  for (const GstVideoFormat format : {GST_VIDEO_FORMAT_I420_10LE, GST_VIDEO_FORMAT_RGB16,
           GST_VIDEO_FORMAT_v210, GST_VIDEO_FORMAT_RGB8P, GST_VIDEO_FORMAT_GRAY16_LE,
           GST_VIDEO_FORMAT_NV12_64Z32, GST_VIDEO_FORMAT_A420}) {
    SCOPED_TRACE(gst_video_format_to_string(format));
    const GstVideoInfo info = info_of(format, 64, 64);
    expect_refused(buffer_of(info.size).get(), info);
  }
}

TEST_F(Glue, TellsTheLumaWeightsAndTheRange)
{
  GstVideoInfo info = info_of(GST_VIDEO_FORMAT_I420, 16, 16);
  ASSERT_TRUE(gst_video_colorimetry_from_string(&info.colorimetry, "bt709"));
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  const pose::Frame bt709 = glue::MappedFrame(buffer.get(), info, GST_MAP_READ).view();
  EXPECT_EQ(bt709.model, pose::ColorModel::Yuv);
  EXPECT_NEAR(bt709.kr, 0.2126f, 1e-6f);
  EXPECT_NEAR(bt709.kb, 0.0722f, 1e-6f);
  EXPECT_FALSE(bt709.full_range);

  info.colorimetry.matrix = GST_VIDEO_COLOR_MATRIX_BT601;
  info.colorimetry.range = GST_VIDEO_COLOR_RANGE_0_255;
  const pose::Frame jpeg = glue::MappedFrame(buffer.get(), info, GST_MAP_READ).view();
  EXPECT_NEAR(jpeg.kr, 0.299f, 1e-6f);
  EXPECT_TRUE(jpeg.full_range);
}

TEST_F(Glue, TellsTheShapeOfPixels)
{
  const auto aspect_of = [](int n, int d) {
    GstVideoInfo info = info_of(GST_VIDEO_FORMAT_GRAY8, 16, 16);
    GST_VIDEO_INFO_PAR_N(&info) = n;
    GST_VIDEO_INFO_PAR_D(&info) = d;
    const glue::OwnedBuffer buffer = buffer_of(info.size);
    glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
    EXPECT_EQ(frame.view().pixel_aspect, frame.canvas().pixel_aspect);
    return frame.view().pixel_aspect;
  };
  EXPECT_FLOAT_EQ(aspect_of(1, 1), 1.f);
  EXPECT_FLOAT_EQ(aspect_of(64, 45), 64.f / 45.f);
  EXPECT_FLOAT_EQ(aspect_of(1, 2), 0.5f);
  /* what is no shape */
  for (const auto &[n, d] : {std::pair{0, 1}, std::pair{1, 0}, std::pair{-4, 3}, std::pair{4, -3},
           std::pair{G_MAXINT, 1}, std::pair{1, G_MAXINT}})
    EXPECT_FLOAT_EQ(aspect_of(n, d), 1.f) << n << ":" << d;
}

class GlueFormats : public testing::TestWithParam<GstVideoFormat>
{
 protected:
  static void SetUpTestSuite() { gst_init(nullptr, nullptr); }
};

/* GStreamer's own unpacking, which knows nothing of our description, finds each sample. */
TEST_P(GlueFormats, ComponentsLieWhereGStreamerUnpacksThem)
{
  constexpr int kWidth = 7; /* odd: the last chroma sample has one pixel only */
  constexpr int kHeight = 5;
  const GstVideoInfo info = info_of(GetParam(), kWidth, kHeight);
  const auto value = [](int c, int x, int y) { return guint8(20 + c * 60 + y * 8 + x); };
  const glue::OwnedBuffer buffer = buffer_of(info.size);
  int component_count = 0;
  std::array<pose::Component, 4> components;
  {
    glue::MappedFrame frame(buffer.get(), info, GST_MAP_READWRITE);
    const pose::Canvas canvas = frame.canvas();
    component_count = canvas.component_count;
    components = canvas.components;
    for (int c = 0; c < component_count; c++)
      for (int y = 0; y < canvas.component_height(c); y++)
        for (int x = 0; x < canvas.component_width(c); x++)
          canvas.row(c, y)[x * components[std::size_t(c)].step] = value(c, x, y);
  }

  GstVideoFrame frame;
  ASSERT_TRUE(gst_video_frame_map(&frame, &info, buffer.get(), GST_MAP_READ));
  for (int y = 0; y < kHeight; y++) {
    std::array<guint8, 8 * 4> line{}; /* A R G B, or A Y U V; unpacking writes whole pairs */
    info.finfo->unpack_func(info.finfo, GST_VIDEO_PACK_FLAG_NONE, line.data(), frame.data,
        frame.info.stride, 0, y, kWidth);
    for (int x = 0; x < kWidth; x++)
      for (int c = 0; c < component_count; c++) {
        const pose::Component &component = components[std::size_t(c)];
        const int unpacked = c == 3 ? 0 : c + 1;
        EXPECT_EQ(line[std::size_t(x * 4 + unpacked)],
            value(c, x >> component.shift_x, y >> component.shift_y))
            << "component " << c << " at " << x << ", " << y;
      }
  }
  gst_video_frame_unmap(&frame);
}

INSTANTIATE_TEST_SUITE_P(Every, GlueFormats, testing::ValuesIn(frames::kFormats),
    [](const auto &param) { return std::string(gst_video_format_to_string(param.param)); });

/* An element that can post, with the bus to read from. */
class Errors : public Glue
{
 protected:
  Errors() : bus_(gst_bus_new()), element_(gst_pipeline_new("thrower"))
  {
    gst_element_set_bus(element_, bus_);
  }
  ~Errors() override
  {
    gst_element_set_bus(element_, nullptr);
    gst_object_unref(element_);
    gst_object_unref(bus_);
  }

  struct Posted {
    GQuark domain = 0;
    int code = 0;
    std::string text;
    std::string debug;
  };

  /* What guarded() posts when its body throws like this: exactly one error. */
  Posted posted_for(const std::function<void()> &thrower)
  {
    const int result = glue::guarded(element_, -7, [&] {
      thrower();
      return 0;
    });
    EXPECT_EQ(result, -7);
    Posted posted;
    GstMessage *message = gst_bus_pop_filtered(bus_, GST_MESSAGE_ERROR);
    EXPECT_NE(message, nullptr);
    if (message == nullptr)
      return posted;
    GError *error = nullptr;
    gchar *debug = nullptr;
    gst_message_parse_error(message, &error, &debug);
    posted = {error->domain, error->code, error->message, debug != nullptr ? debug : ""};
    g_clear_error(&error);
    g_free(debug);
    gst_message_unref(message);
    EXPECT_EQ(gst_bus_pop_filtered(bus_, GST_MESSAGE_ERROR), nullptr);
    return posted;
  }

 private:
  GstBus *bus_;
  GstElement *element_;
};

TEST_F(Errors, HaveTheDomainAndCodeOfTheirKind)
{
  using pose::ErrorCode;
  struct Row {
    ErrorCode code;
    GQuark domain;
    int expected;
  };
  const Row rows[] = {
      {ErrorCode::ModelNotFound, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_FOUND},
      {ErrorCode::ModelForbidden, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NOT_AUTHORIZED},
      {ErrorCode::ModelUnreadable, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_OPEN_READ},
      {ErrorCode::ModelTooLarge, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS},
      {ErrorCode::ModelCorrupt, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_READ},
      {ErrorCode::ModelRejected, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_INIT},
      {ErrorCode::ModelMismatch, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS},
      {ErrorCode::Unavailable, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_SETTINGS},
      {ErrorCode::Inference, GST_STREAM_ERROR, GST_STREAM_ERROR_FAILED},
      {ErrorCode::BadFrame, GST_STREAM_ERROR, GST_STREAM_ERROR_FORMAT},
      {ErrorCode::BadSetting, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_SETTINGS},
      {ErrorCode::OutOfMemory, GST_RESOURCE_ERROR, GST_RESOURCE_ERROR_NO_SPACE_LEFT},
      {ErrorCode::Internal, GST_LIBRARY_ERROR, GST_LIBRARY_ERROR_FAILED},
  };
  for (const Row &row : rows) {
    const Posted posted =
        posted_for([&] { throw pose::Error(row.code, "the sentence", "the detail"); });
    EXPECT_EQ(posted.domain, row.domain);
    EXPECT_EQ(posted.code, row.expected);
    EXPECT_EQ(posted.text, "the sentence");
    EXPECT_NE(posted.debug.find("the detail"), std::string::npos) << posted.debug;
  }
}

TEST_F(Errors, WithPercentSignsAndForeignBytesAreStillText)
{
  const Posted posted = posted_for(
      [] { throw pose::Error(pose::ErrorCode::ModelNotFound, "No file \"%s\xff.onnx\"."); });
  EXPECT_EQ(posted.text, "No file \"%s\xEF\xBF\xBD.onnx\".");
}

TEST_F(Errors, OfMemoryAreToldAsSuch)
{
  const Posted posted = posted_for([] { throw std::bad_alloc(); });
  EXPECT_EQ(posted.domain, GST_RESOURCE_ERROR);
  EXPECT_EQ(posted.code, GST_RESOURCE_ERROR_NO_SPACE_LEFT);
}

TEST_F(Errors, OfAnyOtherTypeEndAtTheBorder)
{
  const Posted standard = posted_for([] { throw std::logic_error("what it said"); });
  EXPECT_EQ(standard.domain, GST_LIBRARY_ERROR);
  EXPECT_NE(standard.debug.find("what it said"), std::string::npos);
  const Posted number = posted_for([] { throw 42; });
  EXPECT_EQ(number.domain, GST_LIBRARY_ERROR);
  EXPECT_EQ(number.code, GST_LIBRARY_ERROR_FAILED);
}

TEST_F(Errors, AreNotPostedWhenAllIsWell)
{
  GstElement *element = gst_pipeline_new("calm");
  EXPECT_EQ(glue::guarded(element, -1, [] { return 5; }), 5);
  gst_object_unref(element);
}

} // namespace glue_test
