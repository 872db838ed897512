// SPDX-License-Identifier: LGPL-2.1-or-later
// What everything but the network costs, and the network beside it: `bench
// --benchmark_format=json`. Times mean little between machines; table.py turns them into ratios to
// the forward pass of the same run.
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <benchmark/benchmark.h>

#include "base/person.h"
#include "draw/painter.h"
#include "estimate/crops.h"
#include "estimate/estimator.h"
#include "image/letterbox.h"
#include "output/json.h"
#include "recorded_maps.h"
#include "support/canvases.h"
#include "support/center_maps.h"
#include "support/decoding.h"
#include "support/layouts.h"
#include "support/map_network.h"

namespace
{

const pose::KeypointSet &coco()
{
  return pose::keypoint_set(pose::KeypointSetId::Coco);
}

constexpr pose::Size kSizes[] = {{640, 480}, {1280, 720}, {1920, 1080}, {3840, 2160}};

std::string data_folder()
{
  return POSE_TEST_DATA_FOLDER;
}

const recorded::RecordedMaps &recording(int people)
{
  static std::map<int, std::unique_ptr<recorded::RecordedMaps>> recordings;
  auto &found = recordings[people];
  if (!found)
    found = std::make_unique<recorded::RecordedMaps>(
        data_folder() + "/maps-" + std::to_string(people) + ".png", coco());
  return *found;
}

/* The people of a recording, in pixels of a frame of this size. */
std::vector<pose::Instance> people_of(int count, pose::Size frame)
{
  const pose::Maps maps = recording(count).maps();
  std::vector<pose::Instance> people;
  decoding::decode(*decoding::decoder_of(coco()), maps, people);
  const float scale = float(frame.height) / float(maps.heat.height);
  for (auto &person : people) {
    for (auto &keypoint : person.keypoints)
      if (keypoint)
        keypoint->position = {keypoint->position.x * scale, keypoint->position.y * scale};
    person.box = pose::box_of(person);
  }
  return people;
}

void fit(benchmark::State &state, const std::string &format, pose::Size size)
{
  const auto &layout = pose::test::layout(format);
  pose::test::Picture picture(layout, size.width, size.height);
  const int width = 368 * size.width / size.height / 16 * 16;
  pose::Letterbox fit({width, 368}, pose::Resize::Letterbox, {});
  std::vector<float> blob(std::size_t(3 * 368 * width));
  const pose::Frame frame = pose::view_of(picture.canvas());
  for (auto _ : state) {
    fit.run(frame, blob.data());
    benchmark::DoNotOptimize(blob.data());
  }
}

/* As much of the same frame, on its side: a film of a phone. */
void fit_turned(benchmark::State &state, const std::string &format, pose::Size size)
{
  const auto &layout = pose::test::layout(format);
  pose::test::Picture picture(layout, size.height, size.width);
  const int width = 368 * size.width / size.height / 16 * 16;
  pose::Letterbox fit({width, 368}, pose::Resize::Letterbox, {});
  std::vector<float> blob(std::size_t(3 * 368 * width));
  pose::Frame frame = pose::view_of(picture.canvas());
  frame.turn = {false, true, true};
  for (auto _ : state) {
    fit.run(frame, blob.data());
    benchmark::DoNotOptimize(blob.data());
  }
}

/* Both hands of three people, as far away as in a street and as near as in a room. */
void crop(benchmark::State &state, const std::string &format, pose::Size size, float side)
{
  const auto &layout = pose::test::layout(format);
  pose::test::Picture picture(layout, size.width, size.height);
  const pose::Frame frame = pose::view_of(picture.canvas());
  std::vector<pose::Region> regions;
  for (int i = 0; i < 6; i++)
    regions.push_back({{100.f + 250.f * float(i), 200.f + 30.f * float(i), side + float(i), side},
        i % 2 ? pose::HandSide::Left : pose::HandSide::Right, 1 + i / 2});
  pose::Cropper cropper({368, 368}, {}, pose::KeypointSetId::Hand);
  pose::Crops crops;
  for (auto _ : state) {
    for (pose::Region &region : regions) // people move: no two frames have regions of one size
      region.box.width = region.box.width > side + 20.f ? side : region.box.width + 1.f;
    cropper.run(frame, regions, crops);
    benchmark::DoNotOptimize(crops.blob.data());
  }
}

/* As many hands at any angle, for a network that wants the fingers up. */
void crop_turned(benchmark::State &state, const std::string &format, pose::Size size, float side)
{
  const auto &layout = pose::test::layout(format);
  pose::test::Picture picture(layout, size.width, size.height);
  const pose::Frame frame = pose::view_of(picture.canvas());
  std::vector<pose::Region> regions(6);
  for (int i = 0; i < 6; i++) {
    regions[std::size_t(i)].box = {100.f + 250.f * float(i), 200.f + 30.f * float(i), side, side};
    regions[std::size_t(i)].side = i % 2 ? pose::HandSide::Left : pose::HandSide::Right;
    regions[std::size_t(i)].angle = 0.9f * float(i);
  }
  pose::CropRule rule;
  rule.turned = true;
  pose::Cropper cropper({224, 224}, {}, pose::KeypointSetId::Hand, rule);
  pose::Crops crops;
  for (auto _ : state) {
    for (pose::Region &region : regions) // hands turn
      *region.angle += 0.01f;
    cropper.run(frame, regions, crops);
    benchmark::DoNotOptimize(crops.blob.data());
  }
}

/* What comes back for as many hands. */
void read_crops(benchmark::State &state)
{
  const auto &hand = pose::keypoint_set(pose::KeypointSetId::Hand);
  std::vector<float> maps(std::size_t(layout_of(hand).channels()) * 46 * 46);
  for (std::size_t i = 0; i < maps.size(); i++)
    maps[i] = float(i * 7919 % 251) / 255.f;
  const auto outputs = decoding::outputs_of({maps.data(), layout_of(hand).heat_maps(), 46, 46});
  const auto decoder = decoding::decoder_of(hand);
  const pose::Crop one{
      {}, *pose::place({640, 480}, {10.f, 10.f, 90.f, 90.f}, {368, 368}, 2, false), false, 0};
  pose::Crops crops;
  crops.regions = 6;
  crops.crops.assign(6, one);
  for (std::size_t i = 0; i < 6; i++)
    crops.crops[i].of = i;
  std::vector<std::optional<pose::Instance>> found;
  std::vector<std::optional<pose::Instance>> people;
  for (auto _ : state) {
    found.clear();
    for (const pose::Crop &crop : crops.crops) {
      found.push_back(decoder->decode_crop(outputs, 0, {368, 368}, decoder->defaults()));
      if (found.back())
        pose::place_in_frame(crop, *found.back());
    }
    pose::choose_best(crops, found, people);
    benchmark::DoNotOptimize(people.data());
  }
}

void decode(benchmark::State &state, int people)
{
  const pose::Maps maps = recording(people).maps();
  const auto decoder = decoding::decoder_of(coco());
  std::vector<pose::Instance> found;
  for (auto _ : state) {
    decoding::decode(*decoder, maps, found);
    benchmark::DoNotOptimize(found.data());
  }
  state.counters["people"] = double(found.size());
}

/* Of people who fill the frame's height and overlap: their keypoints have the largest boxes. */
void decode_centers(benchmark::State &state, int people)
{
  constexpr pose::Size kMaps{128, 72};
  center_maps::Maps maps(kMaps, 17);
  for (int i = 0; i < people; i++) {
    const pose::Point middle{4.f + 120.f * float(i) / float(people), 36.f + float(i % 5)};
    maps.paint(center_maps::figure(middle, 60.f), middle, 1.f - 0.01f * float(i));
  }
  const auto outputs = maps.outputs();
  const auto decoder = pose::make_decoder("", "center", {}, outputs);
  std::vector<pose::Instance> found;
  for (auto _ : state) {
    decoder->decode(outputs, {512, 288}, decoder->defaults(), found);
    benchmark::DoNotOptimize(found.data());
  }
  state.counters["people"] = double(found.size());
}

void draw(benchmark::State &state, const std::string &format, pose::Size size, int count)
{
  const auto &layout = pose::test::layout(format);
  pose::test::Picture picture(layout, size.width, size.height);
  const auto people = people_of(count, size);
  pose::Painter painter;
  for (auto _ : state)
    painter.draw_people(picture.canvas(), coco(), people, {});
  state.counters["people"] = double(people.size());
}

void json(benchmark::State &state, int count)
{
  const auto people = people_of(count, {1920, 1080});
  pose::OutputFrame frame;
  frame.people = people;
  frame.size = {1920, 1080};
  frame.pts = 1000000000;
  std::string line;
  for (auto _ : state) {
    line.clear();
    pose::append_json_line(frame, line);
    benchmark::DoNotOptimize(line.data());
  }
}

/* The forward pass, of the network in POSE_BENCH_MODEL. */
void forward(
    benchmark::State &state, const pose::Card &card, pose::Size input, pose::Backend backend)
{
  MapNetwork loaded(card, pose::read_model(card), card.mode, input, backend);
  pose::Network &network = loaded.network();
  std::vector<float> blob(std::size_t(3 * input.width * input.height));
  for (std::size_t i = 0; i < blob.size(); i++)
    blob[i] = float(i % 251) / 255.f;
  for (auto _ : state)
    network.run(blob.data(), input);
  state.counters["gflop"] = double(network.flops(input)) / 1e9;
}

#if defined(__x86_64__)
/* What the machine can do at most: fused multiply-adds on registers alone, on every core. */
__attribute__((target("avx2,fma"))) float multiply_add(long rounds)
{
  __m256 sums[12];
  for (int i = 0; i < 12; i++)
    sums[i] = _mm256_set1_ps(float(i));
  const __m256 a = _mm256_set1_ps(0.999f);
  const __m256 b = _mm256_set1_ps(1e-3f);
  for (long round = 0; round < rounds; round++)
    for (auto &sum : sums)
      sum = _mm256_fmadd_ps(sum, a, b);
  __m256 total = sums[0];
  for (int i = 1; i < 12; i++)
    total = _mm256_add_ps(total, sums[i]);
  return _mm256_cvtss_f32(total);
}

void peak(benchmark::State &state)
{
  constexpr long kRounds = 1000000;
  for (auto _ : state) {
    long rounds = kRounds;
    benchmark::DoNotOptimize(rounds); // or the compiler computes it once
    benchmark::DoNotOptimize(multiply_add(rounds));
  }
  state.counters["gflop"] = benchmark::Counter(
      double(kRounds) * 12 * 8 * 2 / 1e9, benchmark::Counter::kIsIterationInvariantRate);
}
#endif

void register_all()
{
#if defined(__x86_64__)
  if (__builtin_cpu_supports("fma"))
    benchmark::RegisterBenchmark("peak", peak)
        ->Threads(int(std::thread::hardware_concurrency()))
        ->UseRealTime();
#endif
  for (const auto size : kSizes) {
    const std::string text = std::to_string(size.width) + "x" + std::to_string(size.height);
    for (const char *format : {"NV12", "I420", "YUY2", "BGR", "BGRx", "GRAY8"})
      benchmark::RegisterBenchmark(
          ("fit/" + std::string(format) + "/" + text).c_str(), fit, format, size);
    for (const char *format : {"NV12", "I420", "BGR"})
      benchmark::RegisterBenchmark(
          ("fit-turned/" + std::string(format) + "/" + text).c_str(), fit_turned, format, size);
    benchmark::RegisterBenchmark(("draw/NV12/" + text + "/5").c_str(), draw, "NV12", size, 5);
  }
  for (const char *format : {"NV12", "BGR"})
    for (const int side : {90, 400})
      benchmark::RegisterBenchmark(
          ("crop/" + std::string(format) + "/1920x1080/6 x " + std::to_string(side)).c_str(), crop,
          format, pose::Size{1920, 1080}, float(side));
  for (const char *format : {"NV12", "BGR"})
    for (const int side : {200, 300, 400})
      benchmark::RegisterBenchmark(
          ("crop-turned/" + std::string(format) + "/1920x1080/6 x " + std::to_string(side)).c_str(),
          crop_turned, format, pose::Size{1920, 1080}, float(side));
  benchmark::RegisterBenchmark("read/6 hands", read_crops);
  for (const int people : {0, 1, 5, 28}) {
    benchmark::RegisterBenchmark(("decode/" + std::to_string(people)).c_str(), decode, people);
    benchmark::RegisterBenchmark(("json/" + std::to_string(people)).c_str(), json, people);
  }
  for (const int people : {1, 20})
    benchmark::RegisterBenchmark(
        ("decode-centers/" + std::to_string(people)).c_str(), decode_centers, people);
  if (const char *model = std::getenv("POSE_BENCH_MODEL")) {
    const pose::Card card = pose::resolve_model(model, "", {});
    for (const auto input : {pose::Size{368, 368}, pose::Size{496, 368}, pose::Size{656, 368}}) {
      const std::string text = std::to_string(input.width) + "x" + std::to_string(input.height);
      benchmark::RegisterBenchmark(
          ("forward/" + text).c_str(), forward, card, input, pose::Backend::OpenCV)
          ->UseRealTime();
      for (const pose::EnumName &backend : pose::backends())
        if (backend.value == int(pose::Backend::OnnxRuntime))
          benchmark::RegisterBenchmark(("forward-onnxruntime/" + text).c_str(), forward, card,
              input, pose::Backend::OnnxRuntime)
              ->UseRealTime();
    }
  }
}

} // namespace

int main(int argc, char **argv)
{
  register_all();
  benchmark::Initialize(&argc, argv);
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
