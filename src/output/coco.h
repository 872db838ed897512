// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "output/frame.h"
#include "output/writer.h"

namespace pose
{

/// Results as COCO's evaluation of keypoints reads them: one JSON array, one record a person with
/// the 17 keypoints, one record a line. Positions count from the top left corner of the image.
/// `image_id` is the number of the frame. People of other keypoint sets are derive()d; those
/// without any of the 17 keypoints are left out, and so are hands and faces.
class CocoWriter : public Writer
{
 public:
  void write(const OutputFrame &frame, std::string &text) override;
  void finish(std::string &text) override;
  void restart() noexcept override { is_open_ = false; }

 private:
  bool is_open_ = false; ///< the array has its first record
  Instance person_;      ///< with the 17 keypoints
};

} // namespace pose
