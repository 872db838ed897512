// SPDX-License-Identifier: LGPL-2.1-or-later
#include <new>
#include <string>

#include <gtest/gtest.h>

#include "output_frames.h"
#include "support/failing_new.h"

namespace
{

using output_frames::Film;
using output_frames::part;
using output_frames::person;
using pose::KeypointSetId;

/* A frame without people, frames with people and with hands, the end and a second file. */
constexpr int kSteps = 7;

void do_step(pose::Writer &writer, int step, std::string &text)
{
  const Film bodies{{person(7, KeypointSetId::Coco)}, {}, {}};
  const Film all{{person(7, KeypointSetId::Coco)}, {part(7, 20.f)}, {}};
  const bool is_end = step == 4 || step == kSteps - 1;
  const Film &film = step == 2 ? all : bodies;
  const pose::OutputFrame frame = step == 0 ? Film{}.frame(0) : film.frame(std::uint64_t(step));
  const failing::Here here;
  if (is_end)
    writer.finish(text);
  else
    writer.write(frame, text);
}

std::string all_of(const pose::OutputFormatInfo &format, int failing_step, long allocation)
{
  const auto writer = format.make();
  std::string all;
  for (int step = 0; step < kSteps; step++) {
    std::string text; // without room, so that each growth may fail
    try {
      failing::left = step == failing_step ? allocation : -1;
      do_step(*writer, step, text);
    } catch (const std::bad_alloc &) {
      failing::left = -1;
      text.clear();
      do_step(*writer, step, text); // as if it had not been tried
    }
    failing::left = -1;
    all += text;
  }
  return all;
}

} // namespace

TEST(Writer, IsAsBeforeWhereMemoryRanOut)
{
  for (const pose::OutputFormatInfo &format : pose::output_formats()) {
    const std::string expected = all_of(format, -1, 0);
    EXPECT_FALSE(expected.empty());
    failing::failed = 0;
    for (int step = 0; step < kSteps; step++)
      for (long allocation = 0; allocation < 6; allocation++)
        EXPECT_EQ(all_of(format, step, allocation), expected)
            << format.name << ", step " << step << ", allocation " << allocation;
    EXPECT_GT(failing::failed, 5) << format.name;
  }
}

TEST(Writer, TellsEachFormatOnce)
{
  int number = 0;
  for (const pose::OutputFormatInfo &format : pose::output_formats()) {
    EXPECT_EQ(int(format.id), number++);
    EXPECT_EQ(&pose::output_format(format.id), &format);
  }
}
