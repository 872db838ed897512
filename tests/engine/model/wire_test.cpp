// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits>

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/check/wire.h"
#include "support/model_builder.h"

namespace wire_test
{

const std::string kPath = "file";

std::string failure_of(const std::string &bytes)
{
  pose::WireReader reader(bytes, kPath);
  try {
    for (pose::WireField field; reader.next(field);) {
    }
  } catch (const pose::Error &error) {
    EXPECT_EQ(error.code(), pose::ErrorCode::ModelCorrupt);
    return error.what();
  }
  return {};
}

TEST(WireReader, ReadsNothingFromNothing)
{
  pose::WireField field;
  EXPECT_FALSE(pose::WireReader("", kPath).next(field));
}

TEST(WireReader, ReadsEveryKindOfField)
{
  const std::string bytes =
      builder::Message().integer(1, -5).real(2, 1.5f).text(300, "abc").encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is(1, pose::WireType::Varint));
  EXPECT_EQ(field.as_int64(), -5);
  EXPECT_EQ(field.as_int32(), -5);
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is(2, pose::WireType::Fixed32));
  EXPECT_EQ(field.value, 0x3fc00000u);
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is(300, pose::WireType::Bytes));
  EXPECT_EQ(field.bytes, "abc");
  EXPECT_FALSE(reader.next(field));
}

TEST(WireReader, ReadsAnEightByteNumber)
{
  const std::string bytes("\x09\x01\x02\x03\x04\x05\x06\x07\x08", 9);
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_TRUE(field.is(1, pose::WireType::Fixed64));
  EXPECT_EQ(field.value, 0x0807060504030201u);
}

TEST(WireReader, ReadsTheLargestNumber)
{
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const std::string bytes = builder::Message().integer(1, most).integer(1, -1).encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.as_int64(), most);
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.as_int64(), -1);
}

TEST(WireReader, PointsIntoTheBytes)
{
  const std::string bytes = builder::Message().text(1, "weights").encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_EQ(field.bytes.data(), bytes.data() + 2);
  EXPECT_EQ(field.offset, 2u);
}

TEST(WireReader, EveryPrefixEndsOrFailsAndNeverReadsOn)
{
  const std::string bytes =
      builder::Message().integer(1, 1000000).real(2, 1.f).text(3, "some text").encode();
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const std::string prefix = bytes.substr(0, size); // its own memory, for ASan to watch
    failure_of(prefix);
  }
}

TEST(WireReader, RefusesAFieldLongerThanTheFile)
{
  EXPECT_NE(failure_of("\x0a\x7f").find("127 bytes starts where 0"), std::string::npos);
  EXPECT_NE(failure_of("\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01").find("at byte 11"),
      std::string::npos);
}

TEST(WireReader, RefusesAnEndlessNumber)
{
  EXPECT_NE(failure_of("\x08" + std::string(11, '\xff')).find("longer than 10"), std::string::npos);
}

TEST(WireReader, RefusesFieldZeroAndGroups)
{
  EXPECT_NE(failure_of(std::string("\0\0", 2)).find("field number 0"), std::string::npos);
  EXPECT_NE(failure_of("\x0b").find("wire type 3"), std::string::npos);
}

TEST(WireReader, NamesTheOffsetInTheFileInsideAMessage)
{
  const std::string bytes = builder::Message().text(1, std::string("\x08", 1)).encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  pose::WireReader inner = reader.message(field);
  try {
    inner.next(field);
    FAIL() << "a number without an end passed";
  } catch (const pose::Error &error) {
    EXPECT_NE(std::string(error.what()).find("at byte 3"), std::string::npos) << error.what();
  }
}

TEST(WireReader, RefusesMessagesThatLieTooDeep)
{
  builder::Message message;
  for (int i = 0; i < pose::kMaxMessageDepth + 2; ++i)
    message = builder::Message().message(1, message);
  const std::string bytes = message.encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  EXPECT_THROW(
      {
        while (reader.next(field))
          reader = reader.message(field);
      },
      pose::Error);
}

TEST(RepeatedFields, AreReadPackedAndOneByOne)
{
  std::string packed;
  builder::put_varint(packed, 7);
  builder::put_varint(packed, 300);
  const std::string bytes = builder::Message().integer(1, 5).text(1, packed).real(1, 1.f).encode();
  pose::WireReader reader(bytes, kPath);
  std::vector<std::int64_t> values;
  std::size_t counted = 0;
  for (pose::WireField field; reader.next(field);) {
    pose::for_each_int(reader, field, [&](std::int64_t value) { values.push_back(value); });
    counted += pose::count_varints(reader, field);
  }
  EXPECT_EQ(values, (std::vector<std::int64_t>{5, 7, 300}));
  EXPECT_EQ(counted, 3u);
}

TEST(RepeatedFields, CountFloatsPackedAndOneByOne)
{
  const std::string bytes =
      builder::Message().real(5, 1.f).text(5, std::string(12, '\0')).integer(5, 1).encode();
  pose::WireReader reader(bytes, kPath);
  std::size_t count = 0;
  for (pose::WireField field; reader.next(field);)
    count += pose::count_fixed(reader, field, 4);
  EXPECT_EQ(count, 4u);
}

TEST(RepeatedFields, RefuseAPackedFieldThatEndsInsideAFloat)
{
  const std::string bytes = builder::Message().text(5, "abcde").encode();
  pose::WireReader reader(bytes, kPath);
  pose::WireField field;
  ASSERT_TRUE(reader.next(field));
  EXPECT_THROW(pose::count_fixed(reader, field, 4), pose::Error);
}

} // namespace wire_test
