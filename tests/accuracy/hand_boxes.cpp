// SPDX-License-Identifier: LGPL-2.1-or-later
// Contact sheets of the boxes in which hands, or faces, are looked for; see usage() at the end.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/person.h"
#include "contact_sheet.h"
#include "estimate/estimator.h"
#include "material.h"
#include "regions/regions.h"
#include "regions/stature.h"
#include "support/mat_frame.h"

namespace
{

struct Options {
  std::vector<material::Source> sources;
  std::vector<std::string> without;
  std::string model = "lightweight-coco";
  std::string out = "hand-boxes";
  int height = 576;
  int count = 20;
  int frames = 24;
  double phase = 0.5;
  bool faces = false;
  bool unlike = false;
};

/* What a region may be for. Of the first `key` parts one must have been found. */
struct Sought {
  pose::HandSide side;
  const char *name;
  std::size_t key;
  std::vector<std::string> parts;
  const char *letters; // of the parts
};

const std::vector<Sought> kHands = {
    {pose::HandSide::Right, "R", 1, {"RWrist", "RElbow", "RShoulder"}, "wes"},
    {pose::HandSide::Left, "L", 1, {"LWrist", "LElbow", "LShoulder"}, "wes"},
};
const std::vector<Sought> kFaces = {
    {pose::HandSide::Unknown, "F", 3, {"Nose", "REye", "LEye", "REar", "LEar", "Neck"}, "neeaak"},
};

/* One of them, found. */
struct Sample {
  cv::Mat cell;
  std::string text;
};

std::size_t index_of(const pose::KeypointSet &body, const std::string &part)
{
  for (std::size_t i = 0; i < body.keypoints.size(); i++)
    if (part == body.keypoints[i].name)
      return i;
  throw std::runtime_error("the network knows no " + part);
}

/* The side of the box by the published rule alone, of wrist, elbow and shoulder. */
double published_side(const std::vector<pose::Keypoint> &arm)
{
  const auto length = [](const pose::Keypoint &a, const pose::Keypoint &b) {
    return std::hypot(double(a.position.x - b.position.x), double(a.position.y - b.position.y));
  };
  return 1.5 * std::max(length(arm[0], arm[1]), 0.9 * length(arm[1], arm[2]));
}

std::string printed(double number, int decimals)
{
  char text[32];
  std::snprintf(text, sizeof text, "%.*f", decimals, number);
  return text;
}

class Finder
{
 public:
  explicit Finder(const Options &options)
      : options_(options), estimator_(pose::resolve_model(options.model, "", pose::model_path("")),
                               settings(options), pool_)
  {
  }

  /* Adds everything that is sought in one picture. */
  void find(const cv::Mat &picture, const std::string &name, std::vector<Sample> &samples)
  {
    const pose::KeypointSet &body = estimator_.keypoint_set();
    std::vector<pose::Instance> people = estimator_.estimate(pose::test::frame_of(picture), {});
    for (pose::Instance &person : people)
      for (const std::string &part : options_.without)
        person.keypoints[index_of(body, part)].reset();
    if (options_.faces)
      pose::face_regions(body, people, regions_);
    else
      pose::hand_regions(body, people, regions_);
    for (std::size_t i = 0; i < people.size(); i++)
      for (const Sought &what : options_.faces ? kFaces : kHands)
        add(picture, name, people[i], i, what, samples);
  }

 private:
  static pose::EstimatorSettings settings(const Options &options)
  {
    pose::EstimatorSettings settings;
    settings.width = -1;
    settings.height = options.height;
    return settings;
  }

  /* The parts that were found, in their order, and their letters; nothing without a key part. */
  std::vector<pose::Keypoint> found(
      const pose::Instance &person, const Sought &what, std::string &letters) const
  {
    std::vector<pose::Keypoint> points;
    for (std::size_t i = 0; i < what.parts.size(); i++) {
      if (i == what.key && points.empty())
        break;
      if (const auto &point =
              person.keypoints[index_of(estimator_.keypoint_set(), what.parts[i])]) {
        points.push_back(*point);
        letters += what.letters[i];
      }
    }
    return points;
  }

  void add(const cv::Mat &picture, const std::string &name, const pose::Instance &person,
      std::size_t index, const Sought &what, std::vector<Sample> &samples) const
  {
    std::string note = what.name + std::string(" ");
    const auto points = found(person, what, note);
    if (points.empty())
      return;
    const auto region = std::find_if(regions_.begin(), regions_.end(), [&](const auto &each) {
      return each.parent == pose::person_key(person, index) && each.side == what.side;
    });
    const bool has_box = region != regions_.end();
    const std::string text = name + " person " + std::to_string(index) + ", score " +
                             printed(points[0].score, 2) + ", stature " +
                             printed(pose::stature(estimator_.keypoint_set(), person), 0) +
                             (has_box ? ", side " + printed(region->box.width, 0) : ", no box");
    if (!options_.faces && points.size() == 3 && has_box) {
      const double ratio = double(region->box.width) / published_side(points);
      if (options_.unlike && std::abs(ratio - 1.0) < 1e-3)
        return;
      note += " x" + printed(ratio, 2);
    }
    cv::Mat cell = has_box ? sheet::cell(picture, region->box, points)
                           : cv::Mat(sheet::kCell, sheet::kCell, CV_8UC3, cv::Scalar::all(0));
    sheet::label(cell, note, {46, 20});
    samples.push_back({cell, note + "  " + text});
  }

  const Options &options_;
  pose::NetworkPool pool_;
  pose::Estimator estimator_;
  std::vector<pose::Region> regions_;
};

int run(const Options &options)
{
  Finder finder(options);
  std::vector<cv::Mat> cells;
  for (const material::Source &source : options.sources) {
    std::vector<Sample> samples;
    material::see_all(source, options.frames,
        [&](const cv::Mat &bgr, const std::string &name) { finder.find(bgr, name, samples); });
    std::printf("%s: %zu found\n", source.path.c_str(), samples.size());
    const std::size_t count = std::min(samples.size(), std::size_t(options.count));
    for (std::size_t i = 0; i < count; i++) {
      const double at = (double(i) + options.phase) * double(samples.size()) / double(count);
      const Sample &sample = samples[std::size_t(at)];
      cells.push_back(sample.cell);
      std::printf("%3zu %s\n", cells.size(), sample.text.c_str());
    }
  }
  sheet::write(cells, options.out);
  return 0;
}

int usage()
{
  std::fprintf(stderr,
      "usage: hand_boxes [--faces] [--model NAME] [--height N] [--frames N] [--count N]\n"
      "    [--phase X] [--unlike] [--without PART]... [--out NAME] SOURCE...\n"
      "Looks for people in each SOURCE and draws the boxes of their hands (or faces) onto\n"
      "contact sheets NAME-1.png, NAME-2.png, ... with one printed line a box: --count of each\n"
      "source, spread evenly over all that were found; another --phase, [0, 1), takes others.\n"
      "A SOURCE is a folder of photographs, a photograph, or a video, of which --frames are\n"
      "looked at; SOURCE@2 makes its pictures twice as large first. --without leaves a keypoint\n"
      "out, as if it had not been found.\n"
      "Circles: the first keypoint (wrist or nose) red, the second (elbow) green, others blue.\n"
      "Notes: Right, Left or Face; the keypoints found (wrist elbow shoulder; nose eye eye ear\n"
      "ear neck); the box's side in sides of the published rule's, --unlike leaves out where\n"
      "that is 1.\n");
  return 2;
}

/* Whether there is such an option. */
bool set(Options &options, const std::string &name, const char *value)
{
  if (name == "--model")
    options.model = value;
  else if (name == "--height")
    options.height = std::atoi(value);
  else if (name == "--frames")
    options.frames = std::atoi(value);
  else if (name == "--count")
    options.count = std::atoi(value);
  else if (name == "--phase")
    options.phase = std::atof(value);
  else if (name == "--without")
    options.without.emplace_back(value);
  else if (name == "--out")
    options.out = value;
  else
    return false;
  return true;
}

} // namespace

int main(int argc, char **argv)
{
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--faces")
      options.faces = true;
    else if (word == "--unlike")
      options.unlike = true;
    else if (word.rfind("--", 0) != 0)
      options.sources.push_back(material::source_of(word));
    else if (++i == argc || !set(options, word, argv[i]))
      return usage();
  }
  if (options.sources.empty() || options.count < 1 || options.frames < 1 ||
      !(options.phase >= 0.0 && options.phase < 1.0))
    return usage();
  try {
    return run(options);
  } catch (const pose::Error &error) {
    std::fprintf(stderr, "hand_boxes: %s %s\n", error.what(), error.detail().c_str());
  } catch (const std::exception &error) {
    std::fprintf(stderr, "hand_boxes: %s\n", error.what());
  }
  return 1;
}
