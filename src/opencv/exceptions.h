// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "base/error.h"

namespace cv
{
class Exception;
}

namespace pose
{

/// What OpenCV threw, as an Error: OutOfMemory where that was the reason, else `code` with
/// `message`.
Error error_of(const cv::Exception &exception, ErrorCode code, const std::string &message);

} // namespace pose
