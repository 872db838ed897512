// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <string>

#include "posecam/http/stream.h"

namespace posecam::http
{

/// A picture and the poses in it.
struct Shot {
  GstClockTime pts = 0;                    ///< of both
  std::shared_ptr<GBytes> jpeg;            ///< null: not encoded
  std::shared_ptr<const std::string> line; ///< of JSON, without a line feed; null: no poses
};

} // namespace posecam::http
