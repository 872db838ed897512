// SPDX-License-Identifier: LGPL-2.1-or-later
// How the outputs of the kind `boxes` are found, and what each number of a layout means.
#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/decoder.h"
#include "support/box_outputs.h"
#include "support/center_maps.h"

namespace box_layouts_test
{

using box_outputs::Layout;
using box_outputs::Outputs;
using box_outputs::person;
using pose::KeypointSetId;
using pose::Tensor;

constexpr pose::Size kInput{320, 256};

std::unique_ptr<pose::Decoder> decoder_of(const std::vector<Tensor> &outputs,
    const pose::OutputRequest &request = {}, const char *kind = "boxes")
{
  return pose::make_decoder("m.onnx", kind, request, outputs);
}

std::vector<int> indices(const std::vector<Tensor> &outputs,
    const pose::OutputRequest &request = {}, const char *kind = "boxes")
{
  const auto decoder = decoder_of(outputs, request, kind);
  return {decoder->outputs().begin(), decoder->outputs().end()};
}

std::string refusal(const std::vector<Tensor> &outputs, const pose::OutputRequest &request = {},
    const char *kind = "boxes")
{
  try {
    decoder_of(outputs, request, kind);
  } catch (const pose::Error &error) {
    return error.what();
  }
  return "none";
}

void expect_parts(const std::string &text, const std::vector<const char *> &parts)
{
  for (const char *part : parts)
    EXPECT_NE(text.find(part), text.npos) << part << " is not in: " << text;
}

/* The only person of these outputs, in the order of the decoder. */
pose::Instance only_person(const std::vector<Tensor> &outputs, pose::Size input)
{
  const auto decoder = decoder_of(outputs);
  std::vector<pose::Instance> people;
  decoder->decode(outputs, input, {0.3f, 0.f, 3, 0.3f}, people);
  EXPECT_EQ(people.size(), 1u);
  return people.empty() ? pose::Instance() : people[0];
}

/* A number per place, so that no two can be taken for each other. */
TEST(BoxLayouts, OfColumnsAreByRows)
{
  std::vector<float> values(std::size_t(50) * 2);
  const float box[] = {60.f, 40.f, 20.f, 30.f, 0.75f};
  for (std::size_t row = 0; row < 5; row++)
    values[row * 2 + 1] = box[row];
  for (std::size_t part = 0; part < 15; part++) {
    values[(5 + 3 * part) * 2 + 1] = 50.f + float(part);
    values[(6 + 3 * part) * 2 + 1] = 30.f + 2.f * float(part);
    values[(7 + 3 * part) * 2 + 1] = 0.5f + 0.01f * float(part);
  }
  const std::vector<Tensor> outputs{{"out", {1, 50, 2}, values.data()}};
  EXPECT_EQ(decoder_of(outputs)->set(), KeypointSetId::Mpii);
  const pose::Instance found = only_person(outputs, {128, 96});
  EXPECT_FLOAT_EQ(found.score, 0.75f);
  for (std::size_t part = 0; part < 15; part++) {
    ASSERT_TRUE(found.keypoints[part]);
    EXPECT_FLOAT_EQ(found.keypoints[part]->position.x, 49.5f + float(part));
    EXPECT_FLOAT_EQ(found.keypoints[part]->position.y, 29.5f + 2.f * float(part));
    EXPECT_FLOAT_EQ(found.keypoints[part]->score, 0.5f + 0.01f * float(part));
  }
}

/* By hand: the cell at column 3, row 2 of stride 16. */
TEST(BoxLayouts, OfMapsCountInStridesFromTheCornerOfTheCell)
{
  constexpr std::size_t kArea = 32;
  constexpr std::size_t kCell = 19; // of 8 in a row
  std::vector<float> classes(kArea, -9.f);
  std::vector<float> objects(kArea, -9.f);
  std::vector<float> box(4 * kArea);
  std::vector<float> points(34 * kArea);
  std::vector<float> visible(17 * kArea, -9.f);
  classes[kCell] = 1.f;
  objects[kCell] = 2.f;
  for (std::size_t part = 0; part < 17; part++) {
    points[2 * part * kArea + kCell] = 0.25f * float(part);
    points[(2 * part + 1) * kArea + kCell] = -0.125f * float(part);
    visible[part * kArea + kCell] = 0.f;
  }
  const std::vector<Tensor> outputs{{"a", {1, 1, 4, 8}, classes.data()},
      {"b", {1, 1, 4, 8}, objects.data()}, {"c", {1, 4, 4, 8}, box.data()},
      {"d", {1, 34, 4, 8}, points.data()}, {"e", {1, 17, 4, 8}, visible.data()}};
  const pose::Instance found = only_person(outputs, {128, 64});
  EXPECT_FLOAT_EQ(found.score, 1.f / (1.f + std::exp(-1.f)) / (1.f + std::exp(-2.f)));
  for (std::size_t part = 0; part < 17; part++) {
    ASSERT_TRUE(found.keypoints[part]);
    EXPECT_FLOAT_EQ(found.keypoints[part]->position.x, 48.f + 4.f * float(part) - 0.5f);
    EXPECT_FLOAT_EQ(found.keypoints[part]->position.y, 32.f - 2.f * float(part) - 0.5f);
    EXPECT_FLOAT_EQ(found.keypoints[part]->score, 0.5f);
  }
}

/* Of equal size, two in a column, one stride to the right of each other: by exp(0) = 1 stride. */
TEST(BoxLayouts, OfMapsHaveTheLogarithmOfTheSize)
{
  const auto people_of = [](float log_width) {
    constexpr std::size_t kArea = 16;
    std::vector<float> scores(kArea, -9.f);
    std::vector<float> box(4 * kArea, log_width);
    const std::vector<float> points(34 * kArea);
    const std::vector<float> visible(17 * kArea, 3.f);
    std::fill(box.begin(), box.begin() + 2 * kArea, 0.f);
    scores[5] = scores[6] = 5.f;
    const std::vector<Tensor> outputs{{"a", {1, 1, 4, 4}, scores.data()},
        {"b", {1, 1, 4, 4}, scores.data()}, {"c", {1, 4, 4, 4}, box.data()},
        {"d", {1, 34, 4, 4}, points.data()}, {"e", {1, 17, 4, 4}, visible.data()}};
    std::vector<pose::Instance> people;
    const auto decoder = decoder_of(outputs);
    decoder->decode(outputs, {32, 32}, decoder->defaults(), people);
    return people.size();
  };
  EXPECT_EQ(people_of(0.f), 2u) << "side by side";
  EXPECT_EQ(people_of(std::log(4.f)), 2u) << "3 of 5 shared";
  EXPECT_EQ(people_of(std::log(6.f)), 1u) << "5 of 7 shared";
}

TEST(BoxLayouts, AreFoundByShape)
{
  const Outputs columns(Layout::Columns, kInput, {});
  const Outputs detections(Layout::Detections, kInput, {});
  const std::vector<float> other(1000);
  auto outputs = columns.tensors();
  outputs.insert(outputs.begin(), {"labels", {1, 1}, other.data()});
  for (const char *kind : {"boxes", ""})
    EXPECT_EQ(indices(outputs, {}, kind), (std::vector<int>{1}));
  EXPECT_EQ(decoder_of(outputs)->set(), KeypointSetId::Coco17);

  outputs = detections.tensors();
  outputs[0].name = "a";
  outputs[1].name = "b";
  std::swap(outputs[0], outputs[1]);
  outputs.insert(outputs.begin(), {"labels", {1, 1}, other.data()});
  for (const char *kind : {"boxes", ""})
    EXPECT_EQ(indices(outputs, {}, kind), (std::vector<int>{2, 1}));
  EXPECT_EQ(decoder_of(outputs)->set(), KeypointSetId::Coco17);
}

/* Lists of strides, or strides of lists; the order of the two maps of one channel is any. */
TEST(BoxLayouts, OfMapsAreGroupedBySize)
{
  auto outputs = Outputs(Layout::Grid, kInput, {}).tensors();
  const std::vector<int> expected{0, 3, 6, 9, 12, 1, 4, 7, 10, 13, 2, 5, 8, 11, 14};
  for (const char *kind : {"boxes", ""})
    EXPECT_EQ(indices(outputs, {}, kind), expected);
  std::vector<Tensor> by_stride(expected.size());
  std::vector<int> in_order(expected.size());
  for (std::size_t i = 0; i < expected.size(); i++) {
    by_stride[i] = outputs[std::size_t(expected[i])];
    in_order[i] = int(i);
  }
  EXPECT_EQ(indices(by_stride), in_order);
  by_stride.erase(by_stride.begin() + 1); // the coarser strides remain
  EXPECT_EQ(indices(by_stride).size(), 10u);
}

TEST(BoxLayouts, AreFoundByTheNamesOfTheCard)
{
  const Outputs columns(Layout::Columns, kInput, {});
  auto outputs = columns.tensors();
  outputs.push_back(outputs[0]);
  outputs[1].name = "second";
  EXPECT_EQ(indices(outputs), (std::vector<int>{0}));
  EXPECT_EQ(indices(outputs, {{}, {{"candidates", "second"}}}), (std::vector<int>{1}));

  const Outputs detections(Layout::Detections, kInput, {});
  for (const Tensor &output : detections.tensors())
    outputs.push_back(output);
  outputs.push_back(outputs[2]);
  outputs.back().name = "unfiltered";
  EXPECT_EQ(indices(outputs), (std::vector<int>{0})) << "the first layout";
  EXPECT_EQ(indices(outputs, {{}, {{"dets", "dets"}}}), (std::vector<int>{2, 3}));
  EXPECT_EQ(indices(outputs, {{}, {{"dets", "unfiltered"}}}), (std::vector<int>{4, 3}));
}

TEST(BoxLayouts, SayWhatIsMissing)
{
  const Outputs detections(Layout::Detections, kInput, {});
  const auto outputs = detections.tensors();
  expect_parts(refusal(outputs, {{}, {{"boxes", "dets"}}}),
      {"m.onnx", "'outputs'", "'boxes'", "candidates, dets, keypoints"});
  expect_parts(refusal(outputs, {{}, {{"dets", "boxes"}}}),
      {"m.onnx", "'outputs'", "'boxes'", "'dets' [1, 1, 5]", "'keypoints' [1, 1, 17, 3]"});
  expect_parts(refusal(outputs, {{}, {{"dets", "keypoints"}}}), {"m.onnx", "'decoder'", "'boxes'"});
  const Outputs grid(Layout::Grid, kInput, {});
  expect_parts(refusal(grid.tensors(), {{}, {{"dets", "3"}}}), {"m.onnx", "'boxes'", "match no"});
  expect_parts(refusal({outputs[0]}),
      {"m.onnx", "'dets' [1, 1, 5]", "coco-17 has one output [1, 56, candidates]",
          "'keypoints' [1, candidates, 17, 3]", "1, 1, 4, 34 and 17 channels"});
  expect_parts(refusal(outputs, {KeypointSetId::Mpii, {}}), {"mpii has one output [1, 50, "});
  expect_parts(refusal(outputs, {KeypointSetId::Mpii, {}}, ""), {"mpii has 44", "mpii has one"});
}

/* Neither too few nor too many numbers, no other type, no other count of candidates. */
TEST(BoxLayouts, RefuseWhatDoesNotFit)
{
  const std::vector<float> numbers(10000);
  const float *any = numbers.data();
  const std::vector<std::vector<Tensor>> wrong{
      {{"out", {1, 55, 10}, any}},
      {{"out", {1, 57, 10}, any}},
      {{"out", {1, 5, 10}, any}},
      {{"out", {1, 10, 56}, any}},
      {{"out", {56, 10}, any}},
      {{"out", {1, 56, 10}, nullptr}},
      {{"dets", {1, 10, 5}, any}, {"keypoints", {1, 9, 17, 3}, any}},
      {{"dets", {1, 10, 5}, any}, {"keypoints", {1, 10, 17, 2}, any}},
      {{"dets", {1, 10, 6}, any}, {"keypoints", {1, 10, 17, 3}, any}},
      {{"dets", {1, 10, 5}, any}, {"keypoints", {1, 10, 16, 3}, any}},
      {{"a", {1, 1, 2, 2}, any}, {"b", {1, 4, 2, 2}, any}, {"c", {1, 34, 2, 2}, any},
          {"d", {1, 17, 2, 2}, any}},
      {{"a", {1, 1, 2, 2}, any}, {"b", {1, 1, 2, 3}, any}, {"c", {1, 4, 2, 2}, any},
          {"d", {1, 34, 2, 2}, any}, {"e", {1, 17, 2, 2}, any}},
  };
  for (const auto &outputs : wrong)
    expect_parts(refusal(outputs), {"m.onnx", "'boxes'", "match no"});
}

TEST(BoxLayouts, AreFoundForASetThatDerives)
{
  for (const auto layout : {Layout::Columns, Layout::Detections, Layout::Grid}) {
    const Outputs drawn(layout, kInput, {});
    EXPECT_EQ(decoder_of(drawn.tensors(), {KeypointSetId::Coco, {}})->set(), KeypointSetId::Coco17);
  }
}

/* Outputs of the other kinds stay theirs where a card names no kind. */
TEST(BoxLayouts, AreTakenAfterTheOthers)
{
  const center_maps::Maps centers({40, 32}, 17);
  EXPECT_EQ(indices(centers.outputs(), {}, "").size(), 6u);
  const std::vector<float> numbers(10000);
  const std::vector<Tensor> maps{{"maps", {1, 57, 3, 3}, numbers.data()}};
  EXPECT_EQ(decoder_of(maps, {}, "")->set(), KeypointSetId::Coco);
}

/* The number of candidates may change, since networks choose them; the numbers of each may not. */
TEST(BoxLayouts, RefuseOtherShapesThanAtTheStart)
{
  const Outputs columns(Layout::Columns, kInput, {person({160.f, 128.f}, 99.f)});
  const Outputs detections(Layout::Detections, kInput, {person({160.f, 128.f}, 99.f)});
  const Outputs more(Layout::Detections, kInput,
      {person({60.f, 128.f}, 99.f), person({160.f, 128.f}, 99.f), person({260.f, 128.f}, 99.f)});
  const Outputs grid(Layout::Grid, kInput, {});
  std::vector<pose::Instance> people;
  const auto decoder = decoder_of(detections.tensors());
  decoder->decode(more.tensors(), kInput, decoder->defaults(), people);
  EXPECT_EQ(people.size(), 3u);

  for (const Outputs *drawn : {&columns, &detections, &grid}) {
    const auto before = drawn->tensors();
    const auto refused = decoder_of(before);
    std::vector<Tensor> selected;
    for (const int i : refused->outputs())
      selected.push_back(before[std::size_t(i)]);
    EXPECT_NO_THROW(refused->decode(selected, kInput, refused->defaults(), people));
    auto changed = selected;
    changed.back().shape[1]--;
    EXPECT_THROW(refused->decode(changed, kInput, refused->defaults(), people), pose::Error);
    changed = selected;
    changed.back().shape[2]--;
    if (drawn == &columns)
      EXPECT_NO_THROW(refused->decode(changed, kInput, refused->defaults(), people));
    else
      EXPECT_THROW(refused->decode(changed, kInput, refused->defaults(), people), pose::Error);
    changed = selected;
    changed.back().data = nullptr;
    EXPECT_THROW(refused->decode(changed, kInput, refused->defaults(), people), pose::Error);
    changed = selected;
    changed.pop_back();
    EXPECT_THROW(refused->decode(changed, kInput, refused->defaults(), people), pose::Error);
  }
}

} // namespace box_layouts_test
