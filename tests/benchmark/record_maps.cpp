// SPDX-License-Identifier: LGPL-2.1-or-later
// Records what a network puts out for a photograph: record_maps MODEL HEIGHT PHOTOGRAPH OUT.png
//
// The maps of the benchmarks (tests/data/maps-*.png) were made by record_maps.sh beside this file.
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include <opencv2/imgcodecs.hpp>

#include "base/error.h"
#include "image/letterbox.h"
#include "recorded_maps.h"
#include "support/map_network.h"
#include "support/mat_frame.h"

int main(int argc, char **argv)
{
  if (argc != 5) {
    std::fprintf(stderr, "usage: record_maps MODEL HEIGHT PHOTOGRAPH OUT.png\n");
    return 2;
  }
  try {
    const pose::Card card = pose::resolve_model(argv[1], "", {});
    const cv::Mat photograph = cv::imread(argv[3]);
    if (photograph.empty())
      throw std::runtime_error(std::string("no photograph: ") + argv[3]);
    const int height = std::atoi(argv[2]);
    const int width =
        int(std::lround(double(height) * photograph.cols / photograph.rows / 16)) * 16;
    MapNetwork network(card, pose::read_model(card), card.mode, {width, height});
    pose::Letterbox fit(
        {width, height}, pose::Resize::Letterbox, {{}, float(card.scale), card.rgb});
    std::vector<float> blob(std::size_t(3 * width * height));
    fit.run(pose::test::frame_of(photograph), blob.data());
    recorded::write_maps(argv[4], network.run(blob.data(), {width, height})[0]);
  } catch (const std::exception &error) {
    std::fprintf(stderr, "record_maps: %s\n", error.what());
    return 1;
  }
  return 0;
}
