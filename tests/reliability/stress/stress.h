// SPDX-License-Identifier: LGPL-2.1-or-later
// Promises that are kept a hundred thousand times over, each by a check that takes a volume and a
// seed and says one figure.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include <gst/gst.h>

#include "support/scratch.h"

namespace stress
{

using Random = std::mt19937_64;

/// What a check is to do.
struct Request {
  long volume = 0;
  unsigned seed = 1;
  bool timed = false; ///< also hold bounds of time, which a busy machine does not
};

/// What became of it.
struct Outcome {
  bool kept = false;
  std::string figure; ///< one line, without the volume and the seed
};

/// One promise.
struct Check {
  const char *name;
  const char *unit; ///< what the volume counts
  Outcome (*run)(const Request &);
};

Outcome states(const Request &request);
Outcome frames(const Request &request);
Outcome caps(const Request &request);
Outcome instances(const Request &request);
Outcome processes(const Request &request);
Outcome teardown(const Request &request);
Outcome corrupt(const Request &request);

/// One number for all that the toy network finds in so many frames; what each process of
/// processes() prints.
std::string run_hash(unsigned seed, long count);

/// How many critical messages and errors GLib has had in this process.
long criticals();

/// GStreamer's objects and mini objects that are alive, which the tracer "leaks" knows; -1 without
/// it.
long alive();

/// A line of /proc/self/status, such as VmRSS or VmHWM.
/// \returns KiB
long memory(const std::string &name);

/// Theil and Sen's estimate of a slope: the median of the slopes between all pairs of points.
double slope(const std::vector<std::pair<double, double>> &points);

/// printf into a string.
std::string text(const char *format, ...) G_GNUC_PRINTF(1, 2);

/// A number from `least` to `most`.
int draw(Random &random, int least, int most);

/// One of a list.
template <typename T, std::size_t N>
const T &pick(Random &random, const T (&list)[N])
{
  return list[std::size_t(draw(random, 0, int(N) - 1))];
}

/// Networks without weights, in a folder of their own.
class Networks
{
 public:
  Networks();

  /// Properties of poseestimate for the smallest network: 32 x 32 pixels, and people nowhere.
  const std::string &tiny() const { return tiny_; }

  /// Properties for one whose input is a picture of its maps (support/toy.h).
  const std::string &toy() const { return toy_; }

  /// The same, with layers that make it take tens of milliseconds.
  const std::string &slow() const { return slow_; }

 private:
  Scratch scratch_;
  std::string tiny_;
  std::string toy_;
  std::string slow_;
};

} // namespace stress
