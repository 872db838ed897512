// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include "track/image_history.h"

namespace image_history_test
{

constexpr std::uint64_t kFull = pose::ImageHistory::kCapacity;

void push(pose::ImageHistory &images, std::uint64_t number,
    std::optional<std::uint64_t> analysed = std::nullopt)
{
  images.next(analysed).assign(1, std::uint8_t(number));
  images.add(number);
}

std::vector<std::uint64_t> numbers(const pose::ImageHistory &images)
{
  std::vector<std::uint64_t> all;
  for (std::size_t i = 0; i < images.size(); i++) {
    EXPECT_EQ(images[i].pixels[0], std::uint8_t(images[i].number)) << "its own pixels";
    all.push_back(images[i].number);
  }
  return all;
}

TEST(ImageHistory, FindsTheNearest)
{
  pose::ImageHistory images;
  for (const std::uint64_t number : {10u, 14u, 20u})
    push(images, number);
  EXPECT_EQ(images.nearest(3), 0u);
  EXPECT_EQ(images.nearest(11), 0u);
  EXPECT_EQ(images.nearest(12), 1u) << "of two, the later one";
  EXPECT_EQ(images.nearest(16), 1u);
  EXPECT_EQ(images.nearest(99), 2u);
  EXPECT_EQ(images.newest().number, 20u);
}

TEST(ImageHistory, DropsImagesOlderThanTheAnalysisFirst)
{
  pose::ImageHistory images;
  for (std::uint64_t number = 0; number < kFull; number++)
    push(images, number);
  push(images, kFull, 5);
  EXPECT_EQ(images.size(), kFull);
  EXPECT_EQ(numbers(images).front(), 1u);
}

/* The analysis is at the oldest image, so both ends are needed. */
TEST(ImageHistory, ThinsThoseInBetweenAndKeepsThoseThatAreAwaited)
{
  pose::ImageHistory images;
  for (std::uint64_t number = 0; number < kFull; number++) {
    push(images, number);
    if (number == 1)
      images.await(1);
  }
  images.await(2); // not the newest: ignored
  push(images, kFull, 0);
  const auto left = numbers(images);
  EXPECT_EQ(left.size(), kFull);
  EXPECT_EQ(left[0], 0u);
  EXPECT_EQ(left[1], 1u) << "its analysis is pending";
  EXPECT_EQ(left[2], 3u) << "the first of those with the closest neighbours is gone";
  EXPECT_EQ(left.back(), kFull);
}

/* As when its filling throws. */
TEST(ImageHistory, CountsAnImageOnlyOnceItIsAdded)
{
  pose::ImageHistory images;
  push(images, 1);
  images.next(std::nullopt).assign(1, 9);
  EXPECT_EQ(images.size(), 1u);
  EXPECT_EQ(images.newest().number, 1u);
  images.clear();
  EXPECT_TRUE(images.empty());
}

} // namespace image_history_test
