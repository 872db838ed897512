// SPDX-License-Identifier: LGPL-2.1-or-later
// The networks of the tests compute what they are meant to, in both of their formats; and what
// becomes of Caffe files where OpenCV does not read them.
#include <algorithm>
#include <cmath>
#include <random>

#include <gtest/gtest.h>

#include <opencv2/core/version.hpp>

#include "base/error.h"
#include "decode/maps.h"
#include "support/beacon.h"
#include "support/layouts.h"
#include "support/map_network.h"
#include "support/scratch.h"
#include "support/toy.h"

namespace sketch_test
{

using pose::KeypointSetId;
using pose::Size;

constexpr bool kReadsCaffe = CV_VERSION_MAJOR < 5;

std::vector<float> noise(Size size, int count)
{
  std::mt19937 random(7);
  std::uniform_real_distribution<float> value(0.f, 1.f);
  std::vector<float> blob(std::size_t(3 * count) * std::size_t(size.width * size.height));
  for (float &pixel : blob)
    pixel = value(random);
  return blob;
}

std::vector<float> numbers(const pose::Maps &maps)
{
  std::vector<float> all;
  for (const pose::MapStack &stack : {maps.heat, maps.paf})
    all.insert(all.end(), stack.data,
        stack.data + std::ptrdiff_t(stack.count) * stack.width * stack.height);
  return all;
}

/* The maps of a mosaic: its tiles, row by row, of the first colour. */
std::vector<float> tiles(const pose::KeypointSet &set, const std::vector<float> &blob, Size size)
{
  std::vector<float> all;
  for (int channel = 0; channel < layout_of(set).channels(); channel++)
    for (int y = 0; y < toy::kTile; y++)
      for (int x = 0; x < toy::kTile; x++) {
        const int row = channel / toy::kColumns * toy::kTile + y;
        const int column = channel % toy::kColumns * toy::kTile + x;
        const float grey = blob[std::size_t(row * size.width + column)];
        all.push_back(channel < layout_of(set).heat_maps() ? grey : 2.f * grey - 256.f / 255.f);
      }
  return all;
}

/* The maps of a beacon: means of 8 x 8 pixels, of each colour in turn. */
std::vector<float> means(const pose::KeypointSet &set, const float *blob, Size size)
{
  std::vector<float> all;
  for (int channel = 0; channel < layout_of(set).channels(); channel++)
    for (int y = 0; y < size.height / 8; y++)
      for (int x = 0; x < size.width / 8; x++) {
        double sum = 0.0;
        for (int i = 0; i < 64; i++) {
          const int row = channel % 3 * size.height + 8 * y + i / 8;
          sum += double(blob[row * size.width + 8 * x + i % 8]);
        }
        all.push_back(float(sum / 64.0));
      }
  return all;
}

void expect_near(const std::vector<float> &found, const std::vector<float> &expected)
{
  ASSERT_EQ(found.size(), expected.size());
  float worst = 0.f;
  for (std::size_t i = 0; i < found.size(); i++)
    worst = std::max(worst, std::abs(found[i] - expected[i]));
  EXPECT_LT(worst, 1e-5f);
}

MapNetwork load(const std::string &name, const std::string &bytes, KeypointSetId mode, Size size,
    pose::Backend backend = pose::Backend::Default)
{
  const Scratch scratch;
  const auto card = pose::resolve_model(scratch.write(name, bytes), "", {});
  return {card, pose::read_model(card), mode, size, backend};
}

class Sketches : public testing::TestWithParam<KeypointSetId>
{
 protected:
  const pose::KeypointSet &set = pose::keypoint_set(GetParam());
};

TEST_P(Sketches, OfMosaicsCutTheFrameIntoMaps)
{
  const Size size = toy::picture_size(set);
  const auto blob = noise(size, 1);
  for (const int burden : {0, 2}) {
    auto network = load("toy.onnx", toy::onnx(set, burden), GetParam(), size);
    expect_near(numbers(network.run(blob.data(), size)[0]), tiles(set, blob, size));
  }
}

TEST_P(Sketches, OfBeaconsGiveTheMeansOfTheFrame)
{
  const auto check = [&](MapNetwork network, const std::vector<Size> &sizes) {
    for (const Size size : sizes) {
      const auto blob = noise(size, 3);
      const auto maps = network.run(blob.data(), size, 3);
      ASSERT_EQ(maps.size(), 3u);
      for (std::size_t i = 0; i < 3; i++)
        expect_near(numbers(maps[i]), means(set, blob.data() + i * blob.size() / 3, size));
    }
  };
  const Size size{184, 184};
  check(load("b.onnx", beacon::onnx(GetParam(), 184), GetParam(), size), {size, {96, 240}, size});
  check(load("b.onnx", beacon::onnx(GetParam(), 184, false), GetParam(), size), {size});
}

/* One sketch, loaded both ways by OpenCV, which reads both. */
class Both
{
 public:
  Both(const sketch::Network &sketch, KeypointSetId mode, Size size)
      : onnx_(load("s.onnx", sketch.onnx(), mode, size, pose::Backend::OpenCV)),
        caffe_(load("s.prototxt", sketch.prototxt(), mode, size))
  {
  }

  void expect_same(Size size, int count = 1)
  {
    const auto blob = noise(size, count);
    const auto onnx = onnx_.run(blob.data(), size, count);
    const auto caffe = caffe_.run(blob.data(), size, count);
    ASSERT_EQ(onnx.size(), std::size_t(count));
    ASSERT_EQ(caffe.size(), std::size_t(count));
    for (std::size_t i = 0; i < onnx.size(); i++) {
      EXPECT_EQ(onnx[i].heat.width, caffe[i].heat.width);
      EXPECT_EQ(onnx[i].heat.height, caffe[i].heat.height);
      EXPECT_EQ(numbers(onnx[i]), numbers(caffe[i])) << size.width << " x " << size.height;
    }
  }

 private:
  MapNetwork onnx_;
  MapNetwork caffe_;
};

TEST_P(Sketches, ComputeTheSameInBothFormats)
{
  if (!kReadsCaffe)
    GTEST_SKIP() << "OpenCV " CV_VERSION " reads no Caffe files to compare with";
  const Size size = toy::picture_size(set);
  Both(toy::sketch(set, 2), GetParam(), size).expect_same(size);
  if (layout_of(set).limbs.empty() &&
      toy::rows_of(set) < toy::kColumns) { // it has a rest to grow in
    Both both(toy::sketch(set), GetParam(), size);
    both.expect_same({size.width, size.height + 96});
    both.expect_same(size, 2);
  }
  Both both(beacon::sketch(GetParam(), 184), GetParam(), {184, 184});
  both.expect_same({184, 184}, 3);
  both.expect_same({96, 240});
  Both one(beacon::sketch(GetParam(), 184, false), GetParam(), {184, 184});
  one.expect_same({184, 184}, 3);
}

INSTANTIATE_TEST_SUITE_P(Modes, Sketches,
    testing::Values(KeypointSetId::Coco, KeypointSetId::Mpii, KeypointSetId::Hand,
        KeypointSetId::Body25, KeypointSetId::Face));

/* Its message names the file, the reason and the way out. */
TEST(CaffeFiles, AreRefusedByOpenCV5)
{
  if (kReadsCaffe)
    GTEST_SKIP() << "OpenCV " CV_VERSION " reads Caffe files";
  const auto &set = pose::keypoint_set(KeypointSetId::Hand);
  try {
    load("old.prototxt", toy::prototxt(set), KeypointSetId::Hand, toy::picture_size(set));
    ADD_FAILURE() << "taken";
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::ModelRejected);
    const std::string text = error.what();
    for (const char *part : {"old.prototxt", "OpenCV 5", "Caffe", "ONNX", "docs/models.md"})
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  }
}

} // namespace sketch_test
