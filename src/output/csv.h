// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>

#include "output/frame.h"
#include "output/writer.h"

namespace pose
{

/// Comma-separated values, one row for each entry of a frame, below a row with the names of the
/// columns. No cell has a comma, a quote or a line break, so none is quoted. Format:
/// docs/posejson.md.
///
/// Columns of hands and faces stay when a frame comes without them; another set of bodies or faces
/// takes the place of the one before. A frame that needs others than the
/// latest row of names gets a new one before its first row.
class CsvWriter : public Writer
{
 public:
  void write(const OutputFrame &frame, std::string &text) override;
  void finish(std::string &text) override;
  void restart() noexcept override;

 private:
  /* The columns of keypoints: the set of bodies, whether there are hands, the set of faces. */
  struct Columns {
    std::optional<KeypointSetId> body;
    bool hands = false;
    std::optional<KeypointSetId> face;

    bool operator==(const Columns &other) const
    {
      return body == other.body && hands == other.hands && face == other.face;
    }
  };

  Columns with(const OutputFrame &frame) const;
  static void append_names(std::string &text, const Columns &columns);
  static void append_row(std::string &text, const Columns &columns, const OutputFrame &frame,
      const struct Entry &entry);

  Columns needed_;                 ///< by the frames so far
  std::optional<Columns> written_; ///< the latest row of names
};

} // namespace pose
