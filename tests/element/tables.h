// SPDX-License-Identifier: LGPL-2.1-or-later
// Compares the tables of docs/neighbours.md, row by row, with what the elements do: the first words
// of a cell tell.
#pragma once

#include <algorithm>
#include <fstream>
#include <functional>
#include <string>
#include <vector>

#include "overlay_support.h"

namespace tables
{

inline const std::vector<std::string> kElements = {"poseestimate", "poseoverlay", "posejson"};

struct Row {
  std::string name;
  std::vector<std::string> cells; ///< one for each of kElements
};

inline std::vector<std::string> split(const std::string &line)
{
  std::vector<std::string> cells;
  for (std::size_t begin = 1; begin < line.size();) {
    const std::size_t end = std::min(line.find('|', begin), line.size());
    const std::string cell = line.substr(begin, end - begin);
    const std::size_t first = cell.find_first_not_of(' ');
    const std::size_t last = cell.find_last_not_of(' ');
    cells.push_back(first == std::string::npos ? "" : cell.substr(first, last - first + 1));
    begin = end + 1;
  }
  return cells;
}

/* The rows of the table under a heading. */
inline std::vector<Row> rows_of(const std::string &heading)
{
  std::ifstream page(std::string(g_getenv("POSE_SOURCE_ROOT")) + "/docs/neighbours.md");
  std::vector<Row> rows;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("## ", 0) == 0)
      inside = line == "## " + heading;
    if (!inside || line.rfind("| `", 0) != 0)
      continue;
    const std::vector<std::string> cells = split(line);
    fail_unless(cells.size() == 5, "%s: %s", heading.c_str(), line.c_str());
    rows.push_back({cells[0].substr(1, cells[0].size() - 2), {cells[1], cells[2], cells[3]}});
  }
  fail_if(rows.size() < 4, "%s has %zu rows", heading.c_str(), rows.size());
  return rows;
}

/* Compares every cell of a table with what an element does. */
inline void check(const std::string &heading,
    const std::function<std::string(const std::string &element, const std::string &row)> &actual)
{
  for (const Row &row : rows_of(heading))
    for (std::size_t i = 0; i < kElements.size(); i++) {
      const std::string &cell = row.cells[i];
      const std::string found = actual(kElements[i], row.name);
      fail_unless(cell.rfind(found, 0) == 0, "%s: %s of %s is \"%s\", but documented as \"%s\"",
          heading.c_str(), row.name.c_str(), kElements[i].c_str(), found.c_str(), cell.c_str());
    }
}

/* An element that has caps and a segment. */
struct Playing {
  explicit Playing(const std::string &factory)
      : toy(pose::KeypointSetId::Hand),
        bench(factory == "poseestimate" ? toy.properties() : std::string(), factory)
  {
    bench.play(overlay::caps_of("GRAY8"));
    while (GstEvent *event = gst_harness_try_pull_event(bench.harness.get()))
      gst_event_unref(event);
    while (GstEvent *event = gst_harness_try_pull_upstream_event(bench.harness.get()))
      gst_event_unref(event);
  }
  GstHarness *harness() { return bench.harness.get(); }

  support::Toy toy;
  support::Bench bench;
};

} // namespace tables
