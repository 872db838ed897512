// SPDX-License-Identifier: LGPL-2.1-or-later
// Heat maps without one of the background, as networks for crops of people output.
#include <cmath>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/heatmap_decoder.h"

namespace plain_maps_test
{

using pose::KeypointSetId;
using pose::Point;
using pose::Size;

constexpr Size kInput{192, 256};
constexpr Size kMaps{48, 64};

/* One bell a keypoint, in cells. */
class HeatMaps
{
 public:
  HeatMaps(int images, int channels)
      : images_(images), channels_(channels),
        values_(std::size_t(images) * std::size_t(channels) * kArea)
  {
  }

  void light(int image, int channel, Point cell, float score)
  {
    float *map = values_.data() +
                 (std::size_t(image) * std::size_t(channels_) + std::size_t(channel)) * kArea;
    for (int y = 0; y < kMaps.height; y++)
      for (int x = 0; x < kMaps.width; x++) {
        const float away = pose::distance(cell, {float(x), float(y)});
        map[y * kMaps.width + x] += score * std::exp(-away * away / 8.f);
      }
  }

  std::vector<pose::Tensor> outputs() const
  {
    return {{"maps", {images_, channels_, kMaps.height, kMaps.width}, values_.data()}};
  }

 private:
  static constexpr std::size_t kArea = std::size_t(kMaps.width) * std::size_t(kMaps.height);
  int images_;
  int channels_;
  std::vector<float> values_;
};

Point cell_of(int image, int part)
{
  return {3.f + float((7 * part + 5 * image) % 42), 2.f + float((11 * part + image) % 60)};
}

HeatMaps painted(int images, int channels)
{
  HeatMaps maps(images, channels);
  for (int image = 0; image < images; image++)
    for (int part = 0; part < channels; part++)
      maps.light(image, part, cell_of(image, part), 0.9f);
  return maps;
}

/* Cell i is at pixel 4 i, where the network was trained to have it. */
TEST(PlainMaps, AreDecodedToTheCell)
{
  const HeatMaps maps = painted(3, 17);
  const auto outputs = maps.outputs();
  const auto decoder = pose::make_decoder("m", "heatmap", {}, outputs);
  ASSERT_EQ(decoder->set(), KeypointSetId::Coco17);
  ASSERT_TRUE(decoder->takes_crops());
  for (int image = 0; image < 3; image++) {
    const auto found = decoder->decode_crop(outputs, image, kInput, decoder->defaults());
    ASSERT_TRUE(found);
    for (int part = 0; part < 17; part++) {
      const auto &keypoint = found->keypoints[std::size_t(part)];
      ASSERT_TRUE(keypoint) << part;
      EXPECT_NEAR(keypoint->position.x, 4.f * cell_of(image, part).x, 0.05f) << part;
      EXPECT_NEAR(keypoint->position.y, 4.f * cell_of(image, part).y, 0.05f) << part;
      EXPECT_NEAR(keypoint->score, 0.9f, 0.01f);
    }
    EXPECT_NEAR(found->score, 0.9f, 0.01f);
  }
}

TEST(PlainMaps, OfAWholeFrameAreOnePerson)
{
  HeatMaps maps = painted(1, 17);
  for (int part = 0; part < 17; part++)
    maps.light(0, part, {40.f, 60.f}, 0.5f);
  const auto outputs = maps.outputs();
  const auto decoder = pose::make_decoder("m", "heatmap", {}, outputs);
  std::vector<pose::Instance> people;
  decoder->decode(outputs, kInput, decoder->defaults(), people);
  ASSERT_EQ(people.size(), 1u);
  EXPECT_NEAR(people[0].keypoints[3]->position.x, 4.f * cell_of(0, 3).x, 0.2f);
}

TEST(PlainMaps, WithoutPeaksAreNobody)
{
  const HeatMaps maps(1, 17);
  const auto outputs = maps.outputs();
  const auto decoder = pose::make_decoder("m", "heatmap", {}, outputs);
  EXPECT_FALSE(decoder->decode_crop(outputs, 0, kInput, decoder->defaults()));
}

/* The number of channels means a set only where the card says so. */
TEST(PlainMaps, AreMatchedOnlyWhereTheCardNamesThem)
{
  for (const pose::KeypointSet &set : pose::keypoint_sets()) {
    const int count = int(set.keypoints.size());
    const HeatMaps maps(1, count);
    const auto outputs = maps.outputs();
    EXPECT_THROW(pose::make_decoder("m", "", {}, outputs), pose::Error) << set.name;
    EXPECT_EQ(pose::make_decoder("m", "heatmap", {}, outputs)->set(), set.id);
    EXPECT_EQ(pose::make_decoder("m", "", {set.id, {}}, outputs)->set(), set.id);
    const std::vector<pose::Tensor> more{outputs[0], {"other", {1, 3}, outputs[0].data}};
    EXPECT_THROW(pose::make_decoder("m", "", {set.id, {}}, more), pose::Error) << set.name;
    EXPECT_EQ(pose::make_decoder("m", "heatmap", {set.id, {}}, more)->set(), set.id);
  }
  const HeatMaps bodies(1, 17);
  EXPECT_EQ(pose::make_decoder("m", "heatmap", {KeypointSetId::Coco, {}}, bodies.outputs())->set(),
      KeypointSetId::Coco17);
}

TEST(PlainMaps, GiveWayToMapsWithABackground)
{
  const HeatMaps hand(1, 22);
  const auto decoder = pose::make_decoder("m", "heatmap", {}, hand.outputs());
  EXPECT_EQ(decoder->set(), KeypointSetId::Hand);
  EXPECT_TRUE(decoder->as_map_decoder()->layout().has_background);
}

TEST(PlainMaps, SayWhatWasExpected)
{
  const HeatMaps maps(1, 16);
  try {
    pose::make_decoder("m", "heatmap", {KeypointSetId::Coco17, {}}, maps.outputs());
    FAIL() << "16 channels are no coco-17";
  } catch (const pose::Error &error) {
    const std::string text = error.what();
    for (const char *part : {"[1, 16, 64, 48]", "coco-17 has 17 channels of heat maps alone"})
      EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
  }
}

} // namespace plain_maps_test
