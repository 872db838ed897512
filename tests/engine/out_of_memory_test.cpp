// SPDX-License-Identifier: LGPL-2.1-or-later
// Whatever lives from frame to frame survives an allocation that fails: each of the first ones
// fails once, the frames after it are done without a read of foreign memory, and when frames come
// as at first, so do the results.
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include <gtest/gtest.h>

#include "beacon.h"
#include "canvases.h"
#include "continuity.h"
#include "crops.h"
#include "decoder.h"
#include "draw.h"
#include "ensemble.h"
#include "failing_new.h"
#include "fit.h"
#include "flow.h"
#include "grey.h"
#include "one_euro.h"
#include "scratch.h"
#include "synthetic.h"
#include "toy.h"
#include "track.h"
#include "worker.h"

namespace
{

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

/* The pictures of the steps: each twice, so that the first thing after a failure may be the same.
 */
constexpr std::array<int, 10> kSteps{0, 0, 1, 1, 0, 2, 2, 1, 1, 0};

Picture &picture_of(Scene &scene, int which)
{
  return which == 0 ? scene.small : which == 1 ? scene.large : scene.wide;
}

/* Does all steps, of which one fails at the k-th allocation of all. After it comes the next one,
 * or, where `back` is not empty, first a step of the small picture, whose result it gets. */
template <typename Result>
void fail_once(
    const std::function<Result(int)> &step, long k, const std::function<void(const Result &)> &back)
{
  failing::failed = 0;
  failing::left = k;
  for (std::size_t i = 0; i < kSteps.size(); i++) {
    try {
      step(kSteps[i]);
    } catch (const std::exception &) { // bad_alloc, or cv::Exception
      failing::here = false;
      failing::left = -1;
      if (back)
        back(step(0));
    }
  }
  failing::left = -1;
}

/* `start` makes an object and returns what is done with it in a step. Lets each of the first
 * allocations of a run fail; the results of two steps more, without failures, have to be those of
 * an object that never saw one. */
template <typename Result>
void sweep(const std::function<std::function<Result(int)>()> &start,
    const std::function<void(const Result &expected, const Result &found)> &check, int most = 150)
{
  const auto at_rest = [](const std::function<Result(int)> &step) {
    step(0);
    return step(0);
  };
  const Result expected = at_rest(start());
  int failures = 0;
  for (int k = 0; k < most; k++)
    for (const bool back : {false, true}) {
      SCOPED_TRACE("allocation " + std::to_string(k) + (back ? ", then back" : ""));
      const std::function<Result(int)> step = start();
      std::function<void(const Result &)> after;
      if (back)
        after = [&](const Result &found) { check(expected, found); };
      fail_once(step, k, after);
      if (failing::failed == 0) {
        EXPECT_GT(failures, 0);
        return; // there are no more
      }
      failures++;
      check(expected, at_rest(step));
      if (testing::Test::HasFailure())
        return;
    }
}

template <typename Value>
void sweep_values(const std::function<std::function<std::vector<Value>(int)>()> &start)
{
  sweep<std::vector<Value>>(
      start, [](const std::vector<Value> &expected, const std::vector<Value> &found) {
        EXPECT_FALSE(expected.empty());
        EXPECT_TRUE(expected == found) << "another result than without a failure";
      });
}

const pose::Skeleton &coco()
{
  return pose::skeleton(pose::Mode::Coco);
}

pose::Person person(float x, float y, float size)
{
  pose::Person result;
  const synthetic::Body body = synthetic::figure(coco(), {x, y}, size);
  for (std::size_t part = 0; part < body.size(); part++)
    if (body[part])
      result.keypoints[part] = pose::Keypoint{*body[part], 0.9f};
  result.score = 0.9f;
  result.box = {x - size / 4.f, y - size / 2.f, size / 2.f, size};
  return result;
}

std::vector<pose::Person> crowd(int more)
{
  std::vector<pose::Person> people{person(30.f, 32.f, 50.f)};
  for (int i = 0; i < more; i++)
    people.push_back(person(50.f + 20.f * float(i), 34.f, 44.f));
  return people;
}

TEST(OutOfMemory, GreyShrinker)
{
  sweep_values<std::uint8_t>([] {
    return [scene = std::make_shared<Scene>(), shrinker = std::make_shared<pose::GreyShrinker>(80)](
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

TEST(OutOfMemory, Fit)
{
  sweep_values<float>([] {
    return [scene = std::make_shared<Scene>(),
               fit = std::make_shared<pose::Fit>(pose::Size{128, 72}, pose::Resize::Letterbox,
                   pose::Normalization{})](int which) {
      std::vector<float> blob(std::size_t(3) * 128 * 72);
      const failing::Here here;
      fit->run(pose::view_of(picture_of(*scene, which).canvas()), blob.data());
      return blob;
    };
  });
}

TEST(OutOfMemory, Cropper)
{
  sweep_values<float>([] {
    return [scene = std::make_shared<Scene>(),
               cropper = std::make_shared<pose::Cropper>(
                   pose::Size{64, 64}, pose::Normalization{}, pose::Mode::Hand),
               crops = std::make_shared<pose::Crops>()](int which) {
      std::vector<pose::Region> regions(std::size_t(1 + which));
      for (std::size_t i = 0; i < regions.size(); i++)
        regions[i] = {{4.f, 6.f, 30.f + 9.f * float(i), 40.f}, pose::HandSide::Unknown, int(i)};
      {
        const failing::Here here;
        cropper->run(pose::view_of(picture_of(*scene, which).canvas()),
            {regions.data(), regions.size()}, *crops);
      }
      const float *first = crops->of(0);
      return std::vector<float>(first, first + crops->crops.size() * crops->length());
    };
  });
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
      const std::vector<pose::Person> people = crowd(which);
      pose::DrawStyle style;
      style.boxes = true;
      return drawn(which, [&](const pose::Canvas &canvas) {
        painter->people(canvas, coco(), {people.data(), people.size()}, style);
      });
    };
  });
}

TEST(OutOfMemory, PainterOfText)
{
  sweep_values<std::uint8_t>([] {
    return [painter = std::make_shared<pose::Painter>()](int which) {
      return drawn(which, [&](const pose::Canvas &canvas) { painter->status(canvas, "1"); });
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
    return [decoder = std::make_shared<pose::Decoder>(),
               people = std::make_shared<std::vector<pose::Person>>()](int which) {
      static const std::array<synthetic::Painted, 3> maps{maps_of(1), maps_of(2), maps_of(3)};
      {
        const failing::Here here;
        decoder->decode(maps[std::size_t(which)].maps(), coco(), coco().thresholds, 0, *people);
      }
      std::vector<float> found;
      for (const pose::Person &each : *people)
        found.insert(found.end(), {each.box.x, each.box.y, each.box.width, each.score});
      return found;
    };
  });
}

const pose::Skeleton &hand()
{
  return pose::skeleton(pose::Mode::Hand);
}

TEST(OutOfMemory, Ensemble)
{
  sweep_values<float>([] {
    return [ensemble = std::make_shared<pose::Ensemble>(hand())](int which) {
      const pose::Size size{12 + 4 * which, 8};
      const std::vector<float> values(
          std::size_t(hand().channels()) * std::size_t(size.width) * std::size_t(size.height),
          0.5f);
      const pose::Maps maps{{values.data(), hand().heat_maps(), size.width, size.height},
          {values.data(), hand().paf_channels(), size.width, size.height}};
      pose::Look look;
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

/* Where everyone is after an analysis, and two frames on. */
using People = std::vector<pose::Person>;

void expect_near(const People &expected, const People &found)
{
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); i++)
    for (std::size_t part = 0; part < pose::kMaxKeypoints; part++) {
      ASSERT_EQ(found[i].keypoints[part].has_value(), expected[i].keypoints[part].has_value());
      if (!expected[i].keypoints[part])
        continue;
      EXPECT_NEAR(
          found[i].keypoints[part]->position.x, expected[i].keypoints[part]->position.x, 0.5f);
      EXPECT_NEAR(
          found[i].keypoints[part]->position.y, expected[i].keypoints[part]->position.y, 0.5f);
    }
}

TEST(OutOfMemory, FlowCarrier)
{
  sweep<People>(
      [] {
        return
            [scene = std::make_shared<Scene>(), flow = std::make_shared<pose::FlowCarrier>(coco()),
                number = std::make_shared<std::uint64_t>(0)](int which) {
              const pose::Frame frame = pose::view_of(picture_of(*scene, which).canvas());
              const People found = crowd(which);
              const std::uint64_t first = *number;
              *number += 3;
              const failing::Here here;
              for (std::uint64_t i = 0; i < 3; i++) {
                flow->push(first + i, frame);
                if (i == 1) // a frame late, as in latest mode
                  flow->set(first, {found.data(), found.size()});
                (void)flow->people();
              }
              return flow->people();
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
TEST(OutOfMemory, Continuity)
{
  for (const pose::Carry carry : {pose::Carry::Hold, pose::Carry::Flow}) {
    pose::ContinuitySettings settings;
    settings.carry = carry;
    sweep<People>(
        [settings] {
          return [settings, scene = std::make_shared<Scene>(),
                     continuity = std::make_shared<pose::Continuity>(coco()),
                     number = std::make_shared<std::uint64_t>(0)](int which) {
            const pose::FrameTag first{*number, std::int64_t(*number) * 50'000'000, {}, {}};
            const pose::FrameTag second{*number + 1, *first.time + 50'000'000, {}, {}};
            *number += 2;
            const pose::Frame frame = pose::view_of(picture_of(*scene, which).canvas());
            People people = crowd(which);
            const std::optional<pose::FrameTag> before = continuity->source();
            const failing::Here here;
            continuity->frame(first, frame, settings);
            continuity->frame(second, frame, settings);
            try {
              continuity->analysed(first, second, people, settings);
            } catch (const std::exception &) {
              EXPECT_EQ(continuity->source().has_value(), before.has_value());
              if (before && continuity->source()) {
                EXPECT_EQ(continuity->source()->number, before->number);
              }
              throw;
            }
            return *continuity->people(second, settings);
          };
        },
        expect_near);
  }
}

/* With a network: of two scales, so that the fits are two, and by a worker. */
class Networks
{
 public:
  Networks()
  {
    settings.width = toy::picture_size(set).width;
    settings.height = toy::picture_size(set).height;
    model = scratch.write("toy.onnx", toy::onnx(set));
  }

  std::shared_ptr<pose::Estimator> make()
  {
    return std::make_shared<pose::Estimator>(pose::resolve_model(model, "", {}), settings, pool);
  }

  pose::Frame frame(int which) const
  {
    pose::Frame result;
    result.width = toy::picture_size(set).width;
    /* Of half the height now and then: another fit, and another picture. */
    result.height = toy::picture_size(set).height / (which == 1 ? 2 : 1);
    result.model = pose::ColorModel::Gray;
    result.full_range = true;
    result.component_count = 1;
    result.planes[0] = {pixels.data(), result.width};
    return result;
  }

  const pose::Skeleton &set = pose::skeleton(pose::Mode::Hand);
  std::vector<std::uint8_t> pixels = toy::picture(
      set, synthetic::paint(set, toy::kMapSize, {synthetic::figure(set, {24.f, 23.5f}, 36.f)}));
  Scratch scratch;
  pose::NetworkPool pool;
  pose::EstimatorSettings settings;
  std::string model;
};

TEST(OutOfMemory, Estimator)
{
  Networks networks;
  sweep<People>(
      [&] {
        return [&networks, estimator = networks.make()](int which) {
          const failing::Here here;
          return estimator->estimate(networks.frame(which), {});
        };
      },
      expect_near, 60);
}

/* A network that runs at any input, so that each of three has its layers set up anew. */
TEST(OutOfMemory, Network)
{
  const Scratch scratch;
  const pose::Card card =
      pose::resolve_model(scratch.write("any.onnx", beacon::onnx(pose::Mode::Hand, 64)), "", {});
  const pose::ModelFiles files = pose::read_model(card);
  sweep_values<float>([&] {
    return [network = std::make_shared<pose::Network>(
                card, files, pose::Mode::Hand, pose::Size{64, 64})](int which) {
      const pose::Size input{64 + 32 * which, 64 + 64 * (which % 2)};
      std::vector<float> blob(std::size_t(3) * std::size_t(input.width * input.height));
      for (std::size_t i = 0; i < blob.size(); i++)
        blob[i] = float(i % 97);
      pose::Maps maps;
      {
        const failing::Here here;
        maps = network->forward(blob.data(), input);
      }
      EXPECT_EQ(maps.heat.width, input.width / 8);
      EXPECT_EQ(maps.heat.height, input.height / 8);
      const auto cells = std::size_t(maps.heat.width * maps.heat.height);
      return std::vector<float>(maps.heat.data, maps.heat.data + cells);
    };
  });
}

/* A network that cannot be loaded for lack of memory is not called a broken one. Only matrices
 * fail: OpenCV reads networks by protobuf, which does not survive everything. */
TEST(OutOfMemory, Loading)
{
#ifndef FAILING_MATRICES
  GTEST_SKIP() << "needs another posix_memalign than the sanitizer's";
#endif
  Networks networks;
  int refusals = 0;
  failing::matrices_only = true;
  do {
    failing::failed = 0;
    failing::left = refusals;
    try {
      const failing::Here here;
      networks.make();
    } catch (const pose::Error &error) {
      refusals++;
      EXPECT_EQ(error.code(), pose::ErrorCode::OutOfMemory) << error.what() << error.detail();
    }
    failing::left = -1;
  } while (failing::failed > 0);
  failing::matrices_only = false;
  EXPECT_GT(refusals, 0);
  EXPECT_EQ(networks.make()->skeleton().mode, networks.set.mode);
}

TEST(OutOfMemory, AFrameForAWorker)
{
  Networks networks;
  sweep<People>(
      [&] {
        const auto estimator = networks.make();
        return
            [&networks, estimator, worker = std::make_shared<pose::Worker>(*estimator)](int which) {
              {
                const failing::Here here; // the worker's own thread is another
                worker->offer(networks.frame(which), {std::uint64_t(which), 0, 0, {}}, {});
              }
              worker->drain();
              pose::Analysed result;
              worker->take(result);
              EXPECT_FALSE(result.error);
              return result.people;
            };
      },
      expect_near);
}

} // namespace
