// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever lives from frame to frame survives an allocation that fails: each of the first ones
// fails once, the frames after it are done without a read of foreign memory, and when frames come
// as at first, so do the results.
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "base/frame_tag.h"
#include "base/person.h"
#include "draw/painter.h"
#include "estimate/crops.h"
#include "estimate/test_time_augmentation.h"
#include "image/gray.h"
#include "image/letterbox.h"
#include "support/canvases.h"
#include "support/decoding.h"
#include "support/failing_sweep.h"
#include "support/layouts.h"
#include "support/synthetic.h"
#include "track/one_euro.h"
#include "track/optical_flow.h"
#include "track/pose_stream.h"
#include "track/tracker.h"

namespace
{

using failing::expect_near;
using failing::People;
using failing::sweep;
using failing::sweep_values;

using pose::test::Picture;

/* Two sizes and layouts, so that everything that is kept for one has to be made anew. */
struct Scene {
  Picture small{pose::test::layout("GRAY8"), 96, 64};
  Picture large{pose::test::layout("NV12"), 161, 121};
  Picture wide{pose::test::layout("BGR"), 322, 64};

  Scene()
  {
    for (Picture *picture : {&small, &large, &wide})
      for (int c = 0; c < picture->canvas().component_count; c++)
        for (int y = 0; y < picture->canvas().component_height(c); y++)
          for (int x = 0; x < picture->canvas().component_width(c); x++)
            *(picture->canvas().row(c, y) + picture->canvas().components[std::size_t(c)].step * x) =
                std::uint8_t((x * 7 + y * 13 + x * y / 5) % 200 + 20);
  }
};

Picture &picture_of(Scene &scene, int which)
{
  return which == 0 ? scene.small : which == 1 ? scene.large : scene.wide;
}

const pose::KeypointSet &coco()
{
  return pose::keypoint_set(pose::KeypointSetId::Coco);
}

pose::Instance person(float x, float y, float size)
{
  pose::Instance result;
  const synthetic::Body body = synthetic::figure(coco(), {x, y}, size);
  for (std::size_t part = 0; part < body.size(); part++)
    if (body[part])
      result.keypoints[part] = pose::Keypoint{*body[part], 0.9f};
  result.score = 0.9f;
  result.box = {x - size / 4.f, y - size / 2.f, size / 2.f, size};
  return result;
}

std::vector<pose::Instance> crowd(int more)
{
  std::vector<pose::Instance> people{person(30.f, 32.f, 50.f)};
  for (int i = 0; i < more; i++)
    people.push_back(person(50.f + 20.f * float(i), 34.f, 44.f));
  return people;
}

TEST(OutOfMemory, GrayShrinker)
{
  sweep_values<std::uint8_t>([] {
    return [scene = std::make_shared<Scene>(), shrinker = std::make_shared<pose::GrayShrinker>(80)](
               int which) {
      const pose::Frame frame = pose::view_of(picture_of(*scene, which).canvas());
      const pose::Size size = shrinker->size_for({frame.width, frame.height});
      std::vector<std::uint8_t> out(std::size_t(size.width) * std::size_t(size.height));
      const failing::Here here;
      shrinker->run(frame, out.data());
      return out;
    };
  });
}

TEST(OutOfMemory, Letterbox)
{
  sweep_values<float>([] {
    return [scene = std::make_shared<Scene>(),
               fit = std::make_shared<pose::Letterbox>(pose::Size{128, 72}, pose::Resize::Letterbox,
                   pose::Normalization{})](int which) {
      std::vector<float> blob(std::size_t(3) * 128 * 72);
      const failing::Here here;
      fit->run(pose::view_of(picture_of(*scene, which).canvas()), blob.data());
      return blob;
    };
  });
}

/* Crops that are turned or upright. */
void sweep_crops(bool turned)
{
  pose::CropRule rule;
  rule.turned = turned;
  sweep_values<float>([rule] {
    return [scene = std::make_shared<Scene>(),
               cropper = std::make_shared<pose::Cropper>(
                   pose::Size{64, 64}, pose::Normalization{}, pose::KeypointSetId::Hand, rule),
               crops = std::make_shared<pose::Crops>()](int which) {
      std::vector<pose::Region> regions(std::size_t(1 + which));
      for (std::size_t i = 0; i < regions.size(); i++)
        regions[i] = {{4.f, 6.f, 30.f + 9.f * float(i), 40.f}, pose::HandSide::Unknown, int(i)};
      {
        const failing::Here here;
        cropper->run(pose::view_of(picture_of(*scene, which).canvas()), regions, *crops);
      }
      const float *first = crops->of(0);
      return std::vector<float>(first, first + crops->crops.size() * crops->length());
    };
  });
}

TEST(OutOfMemory, Cropper)
{
  sweep_crops(false);
}

TEST(OutOfMemory, CropperOfTurnedCrops)
{
  sweep_crops(true);
}

/* Draws on one of three canvases, which are grey, planar with coarse pairs, and packed. */
std::vector<std::uint8_t> drawn(int which, const std::function<void(const pose::Canvas &)> &draw)
{
  constexpr const char *kLayouts[] = {"GRAY8", "NV12", "BGR"};
  Picture picture(pose::test::layout(kLayouts[which]), 96 + 65 * which, 64 + 57 * (which % 2));
  const pose::Canvas canvas = picture.canvas();
  {
    const failing::Here here;
    draw(canvas);
  }
  std::vector<std::uint8_t> rows;
  for (int y = 0; y < canvas.height; y++)
    rows.insert(rows.end(), canvas.row(0, y), canvas.row(0, y) + canvas.width);
  return rows;
}

TEST(OutOfMemory, Painter)
{
  sweep_values<std::uint8_t>([] {
    return [painter = std::make_shared<pose::Painter>()](int which) {
      const std::vector<pose::Instance> people = crowd(which);
      pose::DrawStyle style;
      style.boxes = true;
      return drawn(which,
          [&](const pose::Canvas &canvas) { painter->draw_people(canvas, coco(), people, style); });
    };
  });
}

TEST(OutOfMemory, PainterOfText)
{
  sweep_values<std::uint8_t>([] {
    return [painter = std::make_shared<pose::Painter>()](int which) {
      return drawn(which, [&](const pose::Canvas &canvas) { painter->draw_status(canvas, "1"); });
    };
  });
}

synthetic::Painted maps_of(int count)
{
  std::vector<synthetic::Body> bodies;
  for (int i = 0; i < count; i++)
    bodies.push_back(synthetic::figure(coco(), {12.f + 16.f * float(i), 23.f}, 38.f));
  return synthetic::paint(coco(), {64, 46}, bodies);
}

TEST(OutOfMemory, Decoder)
{
  sweep_values<float>([] {
    return [decoder = decoding::decoder_of(coco()),
               people = std::make_shared<std::vector<pose::Instance>>()](int which) {
      static const std::array<synthetic::Painted, 3> maps{maps_of(1), maps_of(2), maps_of(3)};
      {
        const failing::Here here;
        decoding::decode(*decoder, maps[std::size_t(which)].maps(), *people);
      }
      std::vector<float> found;
      for (const pose::Instance &each : *people)
        found.insert(found.end(), {each.box.x, each.box.y, each.box.width, each.score});
      return found;
    };
  });
}

const pose::KeypointSet &hand()
{
  return pose::keypoint_set(pose::KeypointSetId::Hand);
}

TEST(OutOfMemory, TestTimeAugmentation)
{
  sweep_values<float>([] {
    return [ensemble = std::make_shared<pose::TestTimeAugmentation>(layout_of(hand()))](int which) {
      const pose::Size size{12 + 4 * which, 8};
      const std::vector<float> values(std::size_t(layout_of(hand()).channels()) *
                                          std::size_t(size.width) * std::size_t(size.height),
          0.5f);
      const pose::Maps maps{{values.data(), layout_of(hand()).heat_maps(), size.width, size.height},
          {values.data(), layout_of(hand()).paf_channels(), size.width, size.height}};
      pose::AugmentedInput look;
      look.input = {8 * size.width, 8 * size.height};
      look.placement = pose::place(look.input, look.input, pose::Resize::Letterbox);
      {
        const failing::Here here;
        ensemble->start(look, size);
        ensemble->add(look, maps);
        look.mirrored = true;
        ensemble->add(look, maps);
      }
      const pose::Maps mean = ensemble->mean();
      return std::vector<float>(
          mean.heat.data, mean.heat.data + std::size_t(mean.heat.count) * size.width * size.height);
    };
  });
}

TEST(OutOfMemory, FlowPropagator)
{
  sweep<People>(
      [] {
        return [scene = std::make_shared<Scene>(),
                   flow = std::make_shared<pose::FlowPropagator>(coco()),
                   number = std::make_shared<std::uint64_t>(0)](int which) {
          const pose::Frame frame = pose::view_of(picture_of(*scene, which).canvas());
          const People found = crowd(which);
          const std::uint64_t first = *number;
          *number += 3;
          const failing::Here here;
          for (std::uint64_t i = 0; i < 3; i++) {
            flow->push(first + i, frame);
            if (i == 1) // a frame late, as in latest mode
              flow->set(first, found);
            (void)flow->poses();
          }
          return flow->poses();
        };
      },
      expect_near);
}

TEST(OutOfMemory, TrackerAndSmoother)
{
  sweep<People>(
      [] {
        return [tracker = std::make_shared<pose::Tracker>(),
                   smoother = std::make_shared<pose::Smoother>(),
                   time = std::make_shared<double>(0.)](int which) {
          People people = crowd(which);
          *time += 0.1;
          const failing::Here here;
          tracker->update(*time, coco(), people);
          smoother->apply(*time, 0.5, people);
          return people;
        };
      },
      expect_near);
}

/* A frame that fails must not pass the people of an older analysis off for those of a newer. */
TEST(OutOfMemory, PoseStream)
{
  for (const pose::Carry carry : {pose::Carry::Hold, pose::Carry::Flow}) {
    pose::PoseStreamSettings settings;
    settings.carry = carry;
    sweep<People>(
        [settings] {
          return [settings, scene = std::make_shared<Scene>(),
                     continuity = std::make_shared<pose::PoseStream>(coco()),
                     number = std::make_shared<std::uint64_t>(0)](int which) {
            const pose::FrameTag first{*number, std::int64_t(*number) * 50'000'000, {}, {}};
            const pose::FrameTag second{*number + 1, *first.time + 50'000'000, {}, {}};
            *number += 2;
            const pose::Frame frame = pose::view_of(picture_of(*scene, which).canvas());
            People people = crowd(which);
            const std::optional<pose::FrameTag> before = continuity->source();
            const failing::Here here;
            continuity->push_frame(first, frame, settings);
            continuity->push_frame(second, frame, settings);
            try {
              continuity->push_result(first, second, people, settings);
            } catch (const std::exception &) {
              EXPECT_EQ(continuity->source().has_value(), before.has_value());
              if (before && continuity->source()) {
                EXPECT_EQ(continuity->source()->number, before->number);
              }
              throw;
            }
            return *continuity->poses(second, settings);
          };
        },
        expect_near);
  }
}

} // namespace
