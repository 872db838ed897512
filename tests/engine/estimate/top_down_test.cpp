// SPDX-License-Identifier: LGPL-2.1-or-later
// People in crops of frames: networks of the kinds simcc and heatmap behind regions of people.
#include <algorithm>
#include <cmath>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "estimate/estimator.h"
#include "support/beacon.h"
#include "support/canvases.h"
#include "support/scratch.h"
#include "support/toy_simcc.h"

namespace top_down_test
{

using pose::KeypointSetId;
using pose::Point;
using pose::Region;
using pose::Size;
using pose::test::Picture;

constexpr Size kInput{192, 256};
constexpr std::size_t kParts = 17;

/* A person of three keypoints in turn, one of each colour. */
struct Lights {
  Point blue, green, red;
};

void shine(Picture &picture, const std::vector<Lights> &people, float sigma = 3.f)
{
  picture.fill([&](int x, int y) {
    float levels[3] = {};
    for (const Lights &person : people) {
      const Point places[] = {person.blue, person.green, person.red};
      for (std::size_t c = 0; c < 3; c++)
        levels[c] = std::max(levels[c], beacon::light({float(x), float(y)}, places[c], sigma));
    }
    const auto level = [&](std::size_t c) { return std::uint8_t(std::lround(255.f * levels[c])); };
    return pose::Color{level(2), level(1), level(0)};
  });
}

Region region_around(Point middle, float width, float height)
{
  return {{middle.x - 0.5f * width, middle.y - 0.5f * height, width, height}};
}

class People : public testing::Test
{
 protected:
  Scratch scratch;
  pose::NetworkPool pool;

  /* The estimator of a card with these keys, for regions. */
  std::unique_ptr<pose::Estimator> make(const std::string &keys, bool batches = true)
  {
    scratch.write("toy.onnx", toy_simcc::onnx(kInput, int(kParts), batches));
    const pose::Card card = pose::read_card(scratch.write(
        "toy.json", R"({"model": "toy.onnx", "width": 192, "height": 256)" + keys + "}"));
    pose::EstimatorSettings settings;
    settings.regions = true;
    return std::make_unique<pose::Estimator>(card, settings, pool);
  }

  static std::vector<pose::Instance> find(
      pose::Estimator &estimator, const pose::Frame &frame, const std::vector<Region> &regions)
  {
    pose::NetworkInput network_input;
    estimator.preprocess(frame, regions, network_input);
    return estimator.analyse(network_input, {});
  }
};

void expect_at(const pose::Instance &person, const Lights &lights, float tolerance = 0.5f)
{
  const Point places[] = {lights.blue, lights.green, lights.red};
  for (std::size_t part = 0; part < kParts; part++) {
    ASSERT_TRUE(person.keypoints[part]) << part;
    EXPECT_NEAR(person.keypoints[part]->position.x, places[part % 3].x, tolerance) << part;
    EXPECT_NEAR(person.keypoints[part]->position.y, places[part % 3].y, tolerance) << part;
  }
  EXPECT_FALSE(person.keypoints[kParts]);
}

/* In every turn, with pixels that are not square, within the frame and at its edges. */
TEST_F(People, AreFoundWhereTheyAreStored)
{
  const auto estimator = make(R"(, "crop": {"scale": 1.25, "shape": "input"})");
  for (int turn = 0; turn < 8; turn++)
    for (const float aspect : {1.f, 16.f / 11.f, 0.75f})
      for (const Point middle : {Point{301.f, 222.f}, Point{20.f, 30.f}, Point{622.f, 455.f}}) {
        SCOPED_TRACE(testing::Message() << "turn " << turn << ", pixels " << aspect << ": "
                                        << middle.x << ", " << middle.y);
        Picture picture(pose::test::layout("BGR"), 641, 479);
        const Lights lights{{middle.x - 9.f, middle.y - 11.f}, {middle.x + 14.f, middle.y + 3.f},
            {middle.x - 5.f, middle.y + 19.f}};
        shine(picture, {lights});
        pose::Frame frame = pose::view_of(picture.canvas());
        frame.turn = {(turn & 1) != 0, (turn & 2) != 0, (turn & 4) != 0};
        frame.pixel_aspect = aspect;
        const auto people = find(*estimator, frame, {region_around(middle, 70.f, 90.f)});
        ASSERT_EQ(people.size(), 1u);
        expect_at(people[0], lights);
      }
}

TEST_F(People, AreFoundInEveryShapeOfCropAndFormat)
{
  const Lights lights{{290.f, 200.f}, {310.f, 260.f}, {330.f, 230.f}};
  for (const char *keys :
      {"", R"(, "crop": {"shape": "square", "scale": 1.5})", R"(, "crop": {"shape": "input"})"}) {
    const auto estimator = make(keys);
    for (const char *format : {"BGR", "I420", "NV12"}) {
      Picture picture(pose::test::layout(format), 640, 480);
      shine(picture, {lights}, 5.f);
      for (const Size region : {Size{60, 100}, Size{100, 80}, Size{160, 190}}) {
        const auto people = find(*estimator, pose::view_of(picture.canvas()),
            {region_around({308.f, 232.f}, float(region.width), float(region.height))});
        ASSERT_EQ(people.size(), 1u) << keys << " " << format;
        expect_at(people[0], lights, 1.f);
      }
    }
  }
}

/* More than one batch, in the order of the regions, one by one if the network takes no batch. */
TEST_F(People, AreFoundByTheDozen)
{
  std::vector<Lights> all;
  std::vector<Region> regions;
  for (int i = 0; i < 12; i++) {
    const Point middle{60.f + 100.f * float(i % 6), 110.f + 220.f * float(i / 6)};
    all.push_back({{middle.x - 8.f, middle.y - 20.f}, {middle.x + 8.f, middle.y + 2.f},
        {middle.x, middle.y + 25.f}});
    regions.push_back(region_around(middle, 50.f, 80.f));
  }
  Picture picture(pose::test::layout("BGR"), 640, 480);
  shine(picture, all);
  for (const bool batches : {true, false}) {
    const auto people = find(*make(R"(, "crop": {"scale": 1.1, "shape": "input"})", batches),
        pose::view_of(picture.canvas()), regions);
    ASSERT_EQ(people.size(), 12u);
    for (std::size_t i = 0; i < people.size(); i++)
      expect_at(people[i], all[i]);
  }
}

/* The light is outside the region, but inside the crop. */
TEST_F(People, AreSoughtInTheCropOfTheirCard)
{
  const Lights lights{{300.f, 205.f}, {300.f, 275.f}, {300.f, 240.f}};
  Picture picture(pose::test::layout("BGR"), 640, 480);
  shine(picture, {lights});
  const Region tight = region_around({300.f, 240.f}, 20.f, 50.f);
  const auto count = [&](const std::string &keys) {
    const auto people = find(*make(keys), pose::view_of(picture.canvas()), {tight});
    return people.empty() ? 0L
                          : std::count_if(people[0].keypoints.begin(), people[0].keypoints.end(),
                                [](const auto &keypoint) { return keypoint.has_value(); });
  };
  EXPECT_EQ(count(R"(, "crop": {"scale": 1.8, "shape": "input"})"), 17);
  EXPECT_EQ(count(R"(, "crop": {"scale": 1, "shape": "input"})"), 5) << "red ones alone";
}

/* Beyond the frame is the level of the card. */
TEST_F(People, HavePaddingAroundTheFrame)
{
  Picture picture(pose::test::layout("BGR"), 640, 480);
  picture.fill([](int, int) { return pose::Color{255, 255, 255}; });
  const auto estimator = make(R"(, "padding": 114, "scale": 1, "crop": {"shape": "input"})");
  pose::NetworkInput network_input;
  const std::vector<Region> corner{region_around({-0.5f, -0.5f}, 192.f, 256.f)};
  estimator->preprocess(pose::view_of(picture.canvas()), corner, network_input);
  const pose::Crops &crops = network_input.crops;
  ASSERT_EQ(crops.crops.size(), 1u);
  for (int y = 0; y < kInput.height; y++)
    for (int x = 0; x < kInput.width; x++)
      for (int c = 0; c < 3; c++) {
        const float level = crops.of(0)[(c * kInput.height + y) * kInput.width + x];
        ASSERT_NEAR(level, x >= 96 && y >= 128 ? 255.f : 114.f, 0.5f) << x << ", " << y;
      }
}

TEST_F(People, AreFoundInWholeFramesToo)
{
  scratch.write("toy.onnx", toy_simcc::onnx(kInput));
  const pose::Card card = pose::read_card(scratch.write(
      "toy.json", R"({"model": "toy.onnx", "width": 192, "height": 256, "letterbox": "center"})"));
  for (const auto mode : {KeypointSetId::Coco17, KeypointSetId::Coco}) {
    pose::EstimatorSettings settings;
    settings.mode = mode;
    pose::Estimator estimator(card, settings, pool);
    Picture picture(pose::test::layout("BGR"), 181, 233);
    const Lights lights{{100.f, 60.f}, {30.f, 170.f}, {150.f, 110.f}};
    shine(picture, {lights});
    const auto people = estimator.estimate(pose::view_of(picture.canvas()), {});
    ASSERT_EQ(people.size(), 1u);
    EXPECT_EQ(bool(people[0].keypoints[17]), mode == KeypointSetId::Coco) << "the neck";
    EXPECT_NEAR(people[0].keypoints[0]->position.x, lights.blue.x, 1.f);
    EXPECT_NEAR(people[0].keypoints[0]->position.y, lights.blue.y, 1.f);
  }
}

/* Heat maps of bodies, without a background. */
TEST_F(People, AreFoundOnHeatMaps)
{
  scratch.write("toy.onnx", beacon::plain(int(kParts), kInput).onnx());
  const pose::Card card = pose::read_card(scratch.write("toy.json",
      R"({"model": "toy.onnx", "decoder": "heatmap", "width": 192, "height": 256,
          "crop": {"scale": 1.25, "shape": "input"}})"));
  pose::EstimatorSettings settings;
  settings.regions = true;
  pose::Estimator estimator(card, settings, pool);
  EXPECT_EQ(estimator.keypoint_set().id, KeypointSetId::Coco17);
  const Lights lights{{290.f, 200.f}, {310.f, 260.f}, {330.f, 230.f}};
  Picture picture(pose::test::layout("BGR"), 640, 480);
  shine(picture, {lights}, 6.f);
  const auto people = find(
      estimator, pose::view_of(picture.canvas()), {region_around({308.f, 232.f}, 100.f, 140.f)});
  ASSERT_EQ(people.size(), 1u);
  /* A cell is the mean of 4 x 4 pixels; the decoder puts it at the first of these. */
  const float cell = 1.25f * 140.f / 256.f;
  expect_at(people[0],
      {{lights.blue.x - 1.5f * cell, lights.blue.y - 1.5f * cell},
          {lights.green.x - 1.5f * cell, lights.green.y - 1.5f * cell},
          {lights.red.x - 1.5f * cell, lights.red.y - 1.5f * cell}},
      1.f);
}

} // namespace top_down_test
