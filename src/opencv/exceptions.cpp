// SPDX-License-Identifier: LGPL-2.1-or-later
#include "opencv/exceptions.h"

#include <opencv2/core.hpp>

namespace pose
{

namespace
{

/* Some importers wrap a layer's exception in their own, which keeps only its text. */
bool is_out_of_memory(const cv::Exception &exception)
{
  return exception.code == cv::Error::StsNoMem ||
         exception.msg.find("Insufficient memory") != std::string::npos;
}

std::optional<Error> translate(
    const std::exception &exception, ErrorCode code, const std::string &message)
{
  const auto *of_opencv = dynamic_cast<const cv::Exception *>(&exception);
  return of_opencv ? std::optional<Error>(error_of(*of_opencv, code, message)) : std::nullopt;
}

/* At load time: this unit is linked wherever OpenCV is called. */
[[maybe_unused]] const bool kIsSet = [] {
  set_error_translator(translate);
  return true;
}();

} // namespace

Error error_of(const cv::Exception &exception, ErrorCode code, const std::string &message)
{
  const std::string text =
      exception.func + ": " + exception.err + " (" + std::string(exception.what()) + ")";
  if (is_out_of_memory(exception))
    return {ErrorCode::OutOfMemory, out_of_memory().what(), text};
  return {code, message, text};
}

} // namespace pose
