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

/// Translates an exception of OpenCV: an allocation failure to OutOfMemory, any other to `code`
/// with `message`.
Error error_of(const cv::Exception &exception, ErrorCode code, const std::string &message);

} // namespace pose
