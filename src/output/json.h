// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

#include "output/frame.h"

namespace pose
{

/// Appends one line to `text`, including the line feed. Format: docs/json.md.
///
/// Undetected keypoints and non-finite numbers are written as 0, so the line is always valid JSON.
/// Independent of the locale; allocates nothing once `text` has sufficient capacity.
void append_json_line(const OutputFrame &frame, std::string &text);

/// Appends the document of one frame with the keys of OpenPose's version 1.3 and no others, in one
/// line. As OpenPose writes them, the keypoints of a hand or face that was looked for and not found
/// are zeros, and hands and faces without a person are left out where bodies were looked for: a
/// reader may take each entry for a body. \pre `frame.face_set` is Face
void append_openpose(const OutputFrame &frame, std::string &text);

/// The same of a frame that was not analysed.
void append_empty_openpose(std::string &text);

/// Appends `"key":[x,y,c,...]`, all keypoints of the set; zeros where one was not found.
/// \param instance  nullptr: all are zeros
void append_keypoints(
    std::string &text, const char *key, const Instance *instance, KeypointSetId set);

} // namespace pose
