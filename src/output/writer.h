// SPDX-License-Identifier: LGPL-2.1-or-later
/* The formats that poses are written in. */
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "base/types.h"
#include "output/frame.h"

namespace pose
{

/// Values of the property `format`.
enum class OutputFormat { Lines = 0, OpenPose = 1, Csv = 2, Coco = 3 };

/// Writes the frames of one file in one format. An exception of any function leaves `text` with any
/// part of the record, and the writer as before the call: drop that text and go on. All text is
/// independent of the locale. \throws std::bad_alloc
class Writer
{
 public:
  virtual ~Writer() = default;

  /// Appends whole records of one frame; nothing where the format has none of such a frame.
  virtual void write(const OutputFrame &frame, std::string &text) = 0;
  /// The same of a frame that was not analysed.
  virtual void write_unanalysed(std::string & /*text*/) {}
  /// Appends the end of the file. What is written next begins another one.
  virtual void finish(std::string & /*text*/) {}
  /// Begins another file without an end of this one, which the reader dropped.
  virtual void restart() noexcept {}
};

struct OutputFormatInfo {
  const char *name;
  const char *label;
  const char *media_type;
  std::unique_ptr<Writer> (*make)();
  OutputFormat id;
  bool every_analysis; ///< write() takes each analysis of bodies of a frame; else the first alone
  bool small_faces;    ///< faces are always of the set Face
};

/// All formats, in the order of OutputFormat.
View<OutputFormatInfo> output_formats();

inline const OutputFormatInfo &output_format(OutputFormat id)
{
  return output_formats()[std::size_t(id)];
}

} // namespace pose
