// SPDX-License-Identifier: LGPL-2.1-or-later
// Nothing is allocated per frame in steady state: every `new` of this program is counted.
#include <atomic>
#include <cstdlib>
#include <new>

#include <gtest/gtest.h>

#include "base/person.h"
#include "draw/painter.h"
#include "estimate/crops.h"
#include "image/letterbox.h"
#include "output/json.h"
#include "output/status.h"
#include "support/box_outputs.h"
#include "support/canvases.h"
#include "support/center_maps.h"
#include "support/decoding.h"
#include "support/layouts.h"
#include "support/simcc_bins.h"
#include "support/synthetic.h"

namespace
{

std::atomic<long> allocations{0};

} // namespace

/* The compiler inlines these, and then takes malloc and free for a mismatch. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

void *operator new(std::size_t size)
{
  allocations++;
  if (void *memory = std::malloc(size))
    return memory;
  throw std::bad_alloc();
}

void operator delete(void *memory) noexcept
{
  std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept
{
  std::free(memory);
}

namespace
{

/* How often `frame` allocates once it has been called a few times. */
template <typename F>
long steady(F &&frame)
{
  for (int i = 0; i < 5; i++)
    frame(i);
  const long before = allocations;
  for (int i = 5; i < 55; i++)
    frame(i);
  return allocations - before;
}

const pose::KeypointSet &coco()
{
  return pose::keypoint_set(pose::KeypointSetId::Coco);
}

/* Maps with one to three people, so that the work differs from frame to frame. */
std::vector<synthetic::Painted> scenes()
{
  std::vector<synthetic::Painted> result;
  for (const float x : {12.f, 30.f, 50.f})
    result.push_back(synthetic::paint(coco(), {64, 46},
        {synthetic::figure(coco(), {x, 22.f}, 38.f), synthetic::figure(coco(), {32.f, 23.f}, 40.f),
            synthetic::figure(coco(), {64.f - x, 24.f}, 36.f)}));
  return result;
}

TEST(Allocations, AreCounted)
{
  const long before = allocations;
  ::operator delete(::operator new(1));
  EXPECT_GT(allocations, before);
}

TEST(Allocations, NoneInFitting)
{
  for (const char *format : {"NV12", "I420", "BGR", "YUY2", "GRAY8"}) {
    pose::test::Picture picture(pose::test::layout(format), 641, 479);
    const pose::Frame frame = pose::view_of(picture.canvas());
    pose::Letterbox fit({368, 272}, pose::Resize::Letterbox, {});
    std::vector<float> blob(3 * 368 * 272);
    EXPECT_EQ(steady([&](int) { fit.run(frame, blob.data()); }), 0) << format;
  }
}

/* Regions move, grow and shrink, and come and go. */
TEST(Allocations, NoneInCropping)
{
  for (const char *format : {"NV12", "BGR"}) {
    pose::test::Picture picture(pose::test::layout(format), 641, 479);
    const pose::Frame frame = pose::view_of(picture.canvas());
    pose::Cropper cropper({184, 184}, {}, pose::KeypointSetId::Hand);
    pose::Crops crops;
    std::vector<pose::Region> regions;
    EXPECT_EQ(steady([&](int i) {
      regions.resize(std::size_t(1 + i % 4));
      for (pose::Region &region : regions) {
        const float side = 60.f + 45.f * float((i + 1) % 5);
        region = {{10.f + 3.f * float(i % 9), 20.f, side, side},
            i % 2 ? pose::HandSide::Left : pose::HandSide::Unknown, 1};
      }
      cropper.run(frame, regions, crops);
    }),
        0)
        << format;
  }
}

TEST(Allocations, NoneInTurnedCropping)
{
  for (const char *format : {"NV12", "BGR"}) {
    pose::test::Picture picture(pose::test::layout(format), 641, 479);
    const pose::Frame frame = pose::view_of(picture.canvas());
    pose::CropRule rule;
    rule.turned = true;
    pose::Cropper cropper({184, 184}, {}, pose::KeypointSetId::Hand, rule);
    pose::Crops crops;
    std::vector<pose::Region> regions;
    EXPECT_EQ(steady([&](int i) {
      regions.resize(std::size_t(1 + i % 4));
      for (pose::Region &region : regions) {
        const float side = 60.f + 45.f * float((i + 1) % 5);
        region.box = {10.f + 3.f * float(i % 9), 20.f, side, side};
        region.angle = 0.3f * float(i);
      }
      cropper.run(frame, regions, crops);
    }),
        0)
        << format;
  }
}

TEST(Allocations, NoneInDecoding)
{
  const auto maps = scenes();
  const auto decoder = decoding::decoder_of(coco());
  std::vector<pose::Instance> people;
  EXPECT_EQ(steady([&](int i) {
    decoding::decode(*decoder, maps[std::size_t(i) % maps.size()].maps(), people);
  }),
      0);
  EXPECT_EQ(people.size(), 3u);
}

TEST(Allocations, NoneInDecodingCentres)
{
  std::vector<center_maps::Maps> scenes;
  for (int count = 1; count <= 20; count++) {
    scenes.emplace_back(pose::Size{128, 72}, 17);
    for (int i = 0; i < count; i++) {
      const pose::Point middle{8.f + 6.f * float(i % 20), 30.f + float(count)};
      scenes.back().paint(center_maps::figure(middle, 40.f), middle);
    }
  }
  const auto decoder = pose::make_decoder("", "center", {}, scenes[0].outputs());
  std::vector<std::vector<pose::Tensor>> outputs;
  for (const center_maps::Maps &scene : scenes)
    outputs.push_back(scene.outputs());
  std::vector<pose::Instance> people;
  EXPECT_EQ(steady([&](int i) {
    decoder->decode(outputs[std::size_t(19 - i % 20)], {512, 288}, decoder->defaults(), people);
    EXPECT_EQ(people.size(), std::size_t(20 - i % 20));
  }),
      0);
}

TEST(Allocations, NoneInDecodingBoxes)
{
  constexpr pose::Size kInput{640, 384};
  for (const auto layout :
      {box_outputs::Layout::Columns, box_outputs::Layout::Detections, box_outputs::Layout::Grid}) {
    std::vector<box_outputs::Outputs> scenes;
    for (std::size_t count = 1; count <= 20; count++) {
      std::vector<box_outputs::Candidate> people;
      for (std::size_t i = 0; i < 5 * count; i++)
        people.push_back(box_outputs::person({20.f + 30.f * float(i % count), 190.f}, 60.f));
      scenes.emplace_back(layout, kInput, people);
    }
    const auto decoder = pose::make_decoder("", "boxes", {}, scenes[0].tensors());
    std::vector<std::vector<pose::Tensor>> outputs;
    for (const box_outputs::Outputs &scene : scenes) {
      outputs.emplace_back();
      const auto tensors = scene.tensors();
      for (const int i : decoder->outputs())
        outputs.back().push_back(tensors[std::size_t(i)]);
    }
    std::vector<pose::Instance> people;
    EXPECT_EQ(steady([&](int i) {
      const auto &scene = outputs[std::size_t(19 - i % 20)];
      decoder->decode(scene, kInput, decoder->defaults(), people);
      EXPECT_EQ(people.size(), std::size_t(20 - i % 20));
    }),
        0);
  }
}

TEST(Allocations, NoneInDecodingCoordinates)
{
  constexpr pose::Size kInput{192, 256};
  simcc_bins::Bins bins(8, 17, 384, 512);
  for (int image = 0; image < 8; image++)
    bins.paint(image, simcc_bins::Body(17, pose::Point{90.f, 20.f * float(image)}), kInput);
  const auto outputs = bins.outputs();
  const auto decoder = pose::make_decoder("", "simcc", {}, outputs);
  std::vector<pose::Instance> people;
  EXPECT_EQ(steady([&](int i) {
    decoder->decode(outputs, kInput, decoder->defaults(), people);
    EXPECT_TRUE(decoder->decode_crop(outputs, i % 8, kInput, decoder->defaults()));
  }),
      0);
}

TEST(Allocations, NoneInDrawingAndJson)
{
  const auto maps = scenes();
  const auto decoder = decoding::decoder_of(coco());
  std::vector<std::vector<pose::Instance>> people(maps.size());
  for (std::size_t i = 0; i < maps.size(); i++) {
    decoding::decode(*decoder, maps[i].maps(), people[i]);
    for (auto &person : people[i])
      for (auto &keypoint : person.keypoints)
        if (keypoint)
          keypoint->position = {keypoint->position.x * 10.f, keypoint->position.y * 10.f};
  }
  pose::test::Picture picture(pose::test::layout("NV12"), 640, 480);
  pose::Painter painter;
  pose::DrawStyle style;
  style.boxes = style.ids = style.names = true;
  pose::Status status;
  status.age = 0;
  std::string line;
  EXPECT_EQ(steady([&](int i) {
    const auto &now = people[std::size_t(i) % people.size()];
    painter.draw_people(picture.canvas(), coco(), now, style);
    status.people = now.size();
    status.rate = 5.5 + 0.1 * (i % 3);
    pose::write_status(status, line);
    painter.draw_status(picture.canvas(), line);
    pose::OutputFrame frame;
    frame.people = now;
    frame.size = {640, 480};
    line.clear();
    pose::append_json_line(frame, line);
  }),
      0);
}

} // namespace
