// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "base/error.h"
#include "decode/map_decoder.h"
#include "support/layouts.h"

namespace map_decoder_test
{

using pose::KeypointSetId;
using pose::MapDecoder;
using pose::Tensor;

const std::vector<float> &numbers()
{
  static const std::vector<float> all = [] {
    std::vector<float> values(2 * 57 * 4 * 6);
    for (std::size_t i = 0; i < values.size(); i++)
      values[i] = float(i);
    return values;
  }();
  return all;
}

Tensor tensor(std::vector<int> shape, std::size_t from = 0)
{
  return {"t", std::move(shape), numbers().data() + from};
}

std::unique_ptr<pose::Decoder> decoder_for(const std::vector<Tensor> &outputs)
{
  return pose::make_decoder("m", "", {}, outputs);
}

TEST(MapDecoder, FindsTheMapsOfEachImageOfABatch)
{
  const std::vector<Tensor> outputs{tensor({2, 57, 4, 6})};
  const auto decoder = decoder_for(outputs);
  ASSERT_EQ(decoder->set(), KeypointSetId::Coco);
  for (int image = 0; image < 2; image++) {
    const pose::Maps maps = decoder->as_map_decoder()->maps(outputs, image);
    const float first = float(image * 57 * 24);
    EXPECT_EQ(maps.heat.channel(0).at(0, 0), first);
    EXPECT_EQ(maps.heat.channel(18).at(5, 3), first + 19 * 24 - 1);
    EXPECT_EQ(maps.paf.channel(0).at(0, 0), first + 19 * 24);
    EXPECT_EQ(maps.paf.count, 38);
  }
}

TEST(MapDecoder, FindsTwoOutputsAmongOthers)
{
  const std::vector<Tensor> all{tensor({1, 3, 4, 6}), tensor({1, 38, 4, 6}, 1000),
      tensor({1, 19, 2, 3}), tensor({1, 19, 4, 6}, 2000), tensor({1, 9})};
  const auto decoder = decoder_for(all);
  ASSERT_EQ(decoder->outputs().size(), 2u);
  EXPECT_EQ(decoder->outputs()[0], 3) << "heat maps of the size of the PAFs";
  EXPECT_EQ(decoder->outputs()[1], 1);
  const pose::Maps maps = decoder->as_map_decoder()->maps(std::vector<Tensor>{all[3], all[1]});
  EXPECT_EQ(maps.heat.channel(0).at(0, 0), 2000.f);
  EXPECT_EQ(maps.paf.channel(0).at(0, 0), 1000.f);
}

/* A hostile network may output other shapes at another input: never read past their end. */
TEST(MapDecoder, RefusesOutputsThatChanged)
{
  const auto one = decoder_for({tensor({1, 57, 4, 6})});
  const auto two = decoder_for({tensor({1, 19, 4, 6}), tensor({1, 38, 4, 6})});
  const Tensor other_type{"t", {1, 57, 4, 6}, nullptr};
  const std::vector<std::vector<Tensor>> changed{
      {}, {tensor({1, 22, 4, 6})}, {tensor({57, 24})}, {tensor({0, 57, 4, 6})}, {other_type}};
  std::vector<pose::Instance> people;
  for (const auto &outputs : changed)
    for (const auto &decoder : {one.get(), two.get()})
      EXPECT_THROW(decoder->decode(outputs, {48, 32}, decoder->defaults(), people), pose::Error);
  EXPECT_THROW(two->decode(std::vector<Tensor>{tensor({1, 19, 4, 6}), tensor({1, 38, 4, 5})},
                   {48, 32}, two->defaults(), people),
      pose::Error);
}

TEST(MapDecoder, OfBodiesTakesNoCrops)
{
  const auto body = decoder_for({tensor({1, 57, 4, 6})});
  EXPECT_FALSE(body->takes_crops());
  EXPECT_THROW(
      body->decode_crop(std::vector<Tensor>{}, 0, {48, 32}, body->defaults()), pose::Error);
  EXPECT_TRUE(decoder_for({tensor({1, 22, 4, 6})})->takes_crops());
}

} // namespace map_decoder_test
