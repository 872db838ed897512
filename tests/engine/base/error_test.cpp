// SPDX-License-Identifier: LGPL-2.1-or-later
#include <gtest/gtest.h>

#include <opencv2/core.hpp>

#include "base/error.h"
#include "opencv/exceptions.h"
#include "support/failing_new.h"

namespace error_test
{

using pose::Error;
using pose::ErrorCode;

/* What current_error() makes of an exception. */
template <typename Exception>
Error caught(const Exception &exception)
{
  try {
    throw exception;
  } catch (...) {
    return pose::current_error(ErrorCode::Inference, "The frame failed.");
  }
}

TEST(CurrentError, IsAnErrorAsItWasThrown)
{
  const Error error = caught(Error(ErrorCode::BadFrame, "too small", "by 3 bytes"));
  EXPECT_EQ(error.code(), ErrorCode::BadFrame);
  EXPECT_STREQ(error.what(), "too small");
  EXPECT_EQ(error.detail(), "by 3 bytes");
}

TEST(CurrentError, TellsThatMemoryRanOut)
{
  EXPECT_EQ(caught(std::bad_alloc()).code(), ErrorCode::OutOfMemory);
  EXPECT_EQ(caught(std::bad_array_new_length()).code(), ErrorCode::OutOfMemory);
  const cv::Exception opencv(cv::Error::StsNoMem, "Failed to allocate 8 bytes", "f", "a.cpp", 1);
  EXPECT_EQ(caught(opencv).code(), ErrorCode::OutOfMemory);
  EXPECT_NE(caught(opencv).detail().find("8 bytes"), std::string::npos);
  const cv::Exception wrapped(
      cv::Error::StsError, "Node [Conv]: " + std::string(opencv.what()), "g", "b.cpp", 2);
  EXPECT_EQ(caught(wrapped).code(), ErrorCode::OutOfMemory);
}

TEST(CurrentError, HasTheCodeAndTextOfTheCallerForAllElse)
{
  const Error opencv = caught(cv::Exception(cv::Error::StsAssert, "a == b", "f", "a.cpp", 1));
  EXPECT_EQ(opencv.code(), ErrorCode::Inference);
  EXPECT_STREQ(opencv.what(), "The frame failed.");
  EXPECT_NE(opencv.detail().find("a == b"), std::string::npos);
  const Error standard = caught(std::out_of_range("index 7"));
  EXPECT_EQ(standard.code(), ErrorCode::Inference);
  EXPECT_EQ(standard.detail(), "index 7");
  EXPECT_EQ(caught(42).code(), ErrorCode::Inference);
}

TEST(CurrentError, NeedsNoMemory)
{
  const std::string text(1000, 'x');
  const std::out_of_range standard(text);
  const cv::Exception opencv(cv::Error::StsAssert, text, "f", "a.cpp", 1);
  for (int k = 0; k < 20; k++) {
    failing::left = k;
    const auto during = [](const auto &exception) {
      try {
        throw exception;
      } catch (...) {
        const failing::Here here;
        return pose::current_error(ErrorCode::Inference, "The frame failed.").code();
      }
    };
    for (const ErrorCode code : {during(standard), during(opencv)})
      EXPECT_TRUE(code == ErrorCode::Inference || code == ErrorCode::OutOfMemory);
    failing::left = -1;
  }
}

TEST(Errors, AreCopiedWithoutMemory)
{
  const Error error(ErrorCode::Inference, std::string(1000, 'x'), std::string(1000, 'y'));
  failing::failed = 0;
  failing::left = 0;
  const failing::Here here;
  const Error copy = error;
  failing::left = -1;
  EXPECT_EQ(failing::failed, 0);
  EXPECT_EQ(copy.detail(), error.detail());
}

} // namespace error_test
