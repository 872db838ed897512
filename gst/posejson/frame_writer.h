// SPDX-License-Identifier: LGPL-2.1-or-later
/* The analyses on a buffer as text. */
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <gst/gst.h>

#include "base/keypoint_set.h"
#include "base/person.h"
#include "gst/common/visible.h"
#include "output/writer.h"

/// Writes frames in one format. Memory is kept from frame to frame.
class FrameWriter
{
 public:
  explicit FrameWriter(const pose::OutputFormatInfo &format);

  /// Each replaces text(), by whole records or by nothing. \throws std::bad_alloc: text() may have
  /// any part of a record
  /// @{
  void write(GstBuffer *buffer, const GstSegment &segment, std::uint64_t number);
  void write_unanalysed();
  void finish();
  /// @}
  /// Begins another file.
  void restart() noexcept { writer_->restart(); }

  const std::string &text() const { return text_; }
  void clear() noexcept { text_.clear(); }

 private:
  void collect_hands_and_faces(GstBuffer *buffer, guint n_metas);
  pose::KeypointSetId face_set_of(GstBuffer *buffer, guint n_metas) const;
  pose::OutputFrame frame_of(GstBuffer *buffer, const GstPoseMeta *meta,
      const VisibleFrame &visible, const GstSegment &segment, std::uint64_t number) const;

  const pose::OutputFormatInfo &format_;
  std::unique_ptr<pose::Writer> writer_;
  std::vector<pose::Instance> people_;
  std::vector<pose::Instance> hands_;
  std::vector<pose::Instance> faces_;
  bool has_hands_ = false;
  bool has_faces_ = false;
  pose::KeypointSetId face_set_ = pose::KeypointSetId::Face; // of these
  std::vector<pose::Instance> scratch_;
  std::string text_;
};
