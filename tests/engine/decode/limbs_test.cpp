// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>

#include <gtest/gtest.h>

#include "decode/candidates.h"
#include "decode/limbs.h"
#include "decode/maps.h"

namespace limbs_test
{

/* A field of `value` along x on 20 x 20 cells, everywhere but in the columns from `gap_from` up to
 * `gap_to`. */
struct Field {
  explicit Field(float value, int gap_from = 0, int gap_to = 0) : x(400, value), y(400, 0.f)
  {
    for (int row = 0; row < 20; row++)
      for (int column = gap_from; column < gap_to; column++)
        x[std::size_t(row * 20 + column)] = 0.f;
  }
  pose::Channel px() const { return {x.data(), 20, 20}; }
  pose::Channel py() const { return {y.data(), 20, 20}; }

  std::vector<float> x;
  std::vector<float> y;
};

std::vector<pose::Connection> match(const Field &field, const std::vector<pose::Peak> &from,
    const std::vector<pose::Peak> &to, float threshold = 0.05f)
{
  pose::LimbMatcher matcher;
  std::vector<pose::Connection> connections;
  matcher.match(field.px(), field.py(), from, to, threshold, connections);
  return connections;
}

const pose::Peak kLeft{{2.f, 10.f}, 1.f};
const pose::Peak kRight{{12.f, 10.f}, 1.f};

TEST(LimbMatcher, JoinsNothingWithoutPeaks)
{
  EXPECT_TRUE(match(Field(1.f), {}, {}).empty());
  EXPECT_TRUE(match(Field(1.f), {kLeft}, {}).empty());
}

TEST(LimbMatcher, ScoresALimbByTheFieldAlongIt)
{
  const auto connections = match(Field(0.7f), {kLeft}, {kRight});
  ASSERT_EQ(connections.size(), 1u);
  EXPECT_NEAR(connections[0].score, 0.7f, 1e-5f);
}

TEST(LimbMatcher, RefusesALimbAgainstTheField)
{
  EXPECT_TRUE(match(Field(1.f), {kRight}, {kLeft}).empty());
}

TEST(LimbMatcher, RefusesALimbAcrossTheField)
{
  EXPECT_TRUE(match(Field(1.f), {{{5.f, 2.f}, 1.f}}, {{{5.f, 12.f}, 1.f}}).empty());
}

/* An integer division in other decoders makes their 0.8 mean 1.0: this is the case that they lose.
 */
TEST(LimbMatcher, AcceptsALimbWithNineTenthsOfItInTheField)
{
  const auto connections = match(Field(1.f, 6, 7), {kLeft}, {kRight});
  ASSERT_EQ(connections.size(), 1u);
  EXPECT_GT(connections[0].score, 0.7f);
}

TEST(LimbMatcher, RefusesALimbWithHalfOfItInTheField)
{
  EXPECT_TRUE(match(Field(1.f, 4, 10), {kLeft}, {kRight}).empty());
}

TEST(LimbMatcher, TakesThePairsGreedilyAndEachPeakOnce)
{
  Field field(0.4f);
  for (std::size_t column = 0; column < 20; column++)
    field.x[5 * 20 + column] = 0.9f;
  const std::vector<pose::Peak> from{{{2.f, 5.f}, 1.f}, {{2.f, 15.f}, 1.f}};
  const std::vector<pose::Peak> to{{{12.f, 15.f}, 1.f}, {{12.f, 5.f}, 1.f}};
  const auto connections = match(field, from, to);
  ASSERT_EQ(connections.size(), 2u);
  EXPECT_EQ(connections[0].from, 0);
  EXPECT_EQ(connections[0].to, 1);
  EXPECT_EQ(connections[1].from, 1);
  EXPECT_EQ(connections[1].to, 0);
  EXPECT_GT(connections[0].score, connections[1].score);
}

TEST(LimbMatcher, SurvivesTwoPeaksAtOnePlace)
{
  EXPECT_TRUE(match(Field(1.f), {kLeft}, {kLeft}).empty());
}

TEST(LimbMatcher, SurvivesAFieldThatIsNotFinite)
{
  Field field(1.f);
  for (float &value : field.x)
    value = std::numeric_limits<float>::quiet_NaN();
  EXPECT_TRUE(match(field, {kLeft}, {kRight}).empty());
  for (float &value : field.x)
    value = std::numeric_limits<float>::infinity();
  EXPECT_TRUE(match(field, {kLeft}, {kRight}).empty());
}

TEST(LimbMatcher, ReadsPeaksAtTheVeryEdgeOfTheField)
{
  const auto connections = match(Field(1.f), {{{-0.5f, -0.5f}, 1.f}}, {{{19.5f, 0.f}, 1.f}});
  ASSERT_EQ(connections.size(), 1u);
}

} // namespace limbs_test
