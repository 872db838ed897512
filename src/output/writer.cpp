// SPDX-License-Identifier: LGPL-2.1-or-later
#include "output/writer.h"

#include "output/coco.h"
#include "output/csv.h"
#include "output/json.h"

namespace pose
{

namespace
{

class LinesWriter : public Writer
{
 public:
  void write(const OutputFrame &frame, std::string &text) override
  {
    append_json_line(frame, text);
  }
};

class OpenPoseWriter : public Writer
{
 public:
  void write(const OutputFrame &frame, std::string &text) override { append_openpose(frame, text); }
  void write_unanalysed(std::string &text) override { append_empty_openpose(text); }
};

template <typename T>
std::unique_ptr<Writer> make()
{
  return std::make_unique<T>();
}

constexpr OutputFormatInfo kFormats[] = {
    {"lines", "A line of JSON a frame", "application/x-ndjson", make<LinesWriter>,
        OutputFormat::Lines, true, false},
    {"openpose", "A JSON document of OpenPose a frame, for multifilesink", "application/json",
        make<OpenPoseWriter>, OutputFormat::OpenPose, false, true},
    {"csv", "Comma-separated values, a row a person", "text/csv", make<CsvWriter>,
        OutputFormat::Csv, false, false},
    {"coco", "COCO results, one JSON array", "application/json", make<CocoWriter>,
        OutputFormat::Coco, false, false},
};

} // namespace

View<OutputFormatInfo> output_formats()
{
  return kFormats;
}

} // namespace pose
