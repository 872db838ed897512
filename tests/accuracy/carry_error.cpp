// SPDX-License-Identifier: LGPL-2.1-or-later
// How far carried poses are from those of an analysis of every frame; see usage() at the end.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <optional>
#include <sstream>
#include <string>
#include <tuple>
#include <vector>

#include <opencv2/imgproc.hpp>
#include <opencv2/videoio.hpp>

#include "base/error.h"
#include "base/person.h"
#include "estimate/estimator.h"
#include "track/optical_flow.h"

namespace
{

using People = std::vector<pose::Instance>;

/* The target compared to repeating the last pose. */
constexpr double kRatio = 0.5;

struct Options {
  std::string video;
  std::string model = "lightweight-coco";
  std::string cache;
  int height = 0;      // of the network's input
  double rate = 5.0;   // analyses a second
  int frames = 0;      // 0: all
  cv::Size size{0, 0}; // of the frames that poses are carried in; 0: the video's own
  double most = 5.0;   // percent of the height of the person, the target for the mean error
  bool check = false;
};

/* The frames of a video as I420, all of one even size. */
class Reader
{
 public:
  Reader(const std::string &path, cv::Size size) : capture_(path), size_(size)
  {
    if (!capture_.isOpened())
      throw pose::Error(pose::ErrorCode::BadFrame, "cannot read " + path);
  }

  double fps() const { return capture_.get(cv::CAP_PROP_FPS); }
  cv::Size native() const { return native_; }

  bool next()
  {
    if (!capture_.read(picture_))
      return false;
    native_ = picture_.size();
    const cv::Size size =
        size_.width > 0 ? size_ : cv::Size(native_.width & ~1, native_.height & ~1);
    if (size != native_)
      cv::resize(picture_, picture_, size, 0, 0, cv::INTER_LINEAR);
    cv::cvtColor(picture_, planes_, cv::COLOR_BGR2YUV_I420);
    return true;
  }

  pose::Frame frame() const
  {
    pose::Frame frame;
    frame.width = planes_.cols;
    frame.height = planes_.rows / 3 * 2;
    frame.model = pose::ColorModel::Yuv;
    const std::ptrdiff_t half = frame.width / 2;
    const std::uint8_t *chroma = planes_.ptr(frame.height);
    frame.planes = {
        {{planes_.data, frame.width}, {chroma, half}, {chroma + half * (frame.height / 2), half}}};
    frame.components = {{{0, 0, 1, 0, 0}, {1, 0, 1, 1, 1}, {2, 0, 1, 1, 1}, {}}};
    return frame;
  }

 private:
  cv::VideoCapture capture_;
  cv::Size size_;
  cv::Size native_;
  cv::Mat picture_;
  cv::Mat planes_;
};

/* Analyses of every frame, in pixels of the video's own size, and the cache that holds them. */
std::string cache_key(const Options &options)
{
  return "carry_error 1 " + options.video + " " + options.model + " " +
         std::to_string(options.height) + " " + std::to_string(options.frames);
}

std::vector<People> load(const Options &options)
{
  std::ifstream file(options.cache);
  std::string line;
  std::vector<People> all;
  if (!std::getline(file, line) || line != cache_key(options))
    return all;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "frame") {
      all.emplace_back();
      continue;
    }
    pose::Instance person;
    words >> person.score;
    for (std::size_t part = 0; words >> part && part < person.keypoints.size();) {
      pose::Keypoint keypoint;
      words >> keypoint.position.x >> keypoint.position.y >> keypoint.score;
      person.keypoints[part] = keypoint;
    }
    person.box = pose::box_of(person);
    all.back().push_back(person);
  }
  return all;
}

void save(const Options &options, const std::vector<People> &all)
{
  std::ofstream file(options.cache);
  file << cache_key(options) << "\n";
  for (const People &people : all) {
    file << "frame\n";
    for (const pose::Instance &person : people) {
      file << "person " << person.score;
      for (std::size_t part = 0; part < person.keypoints.size(); ++part)
        if (const auto &keypoint = person.keypoints[part])
          file << ' ' << part << ' ' << keypoint->position.x << ' ' << keypoint->position.y << ' '
               << keypoint->score;
      file << "\n";
    }
  }
}

std::vector<People> analyse(const Options &options)
{
  pose::EstimatorSettings settings;
  settings.width = -1;
  settings.height = options.height;
  pose::NetworkPool pool;
  pose::Estimator estimator(
      pose::resolve_model(options.model, "", pose::model_path("")), settings, pool);
  Reader reader(options.video, {});
  std::vector<People> all;
  while ((options.frames == 0 || int(all.size()) < options.frames) && reader.next()) {
    all.push_back(estimator.estimate(reader.frame(), {}));
    if (all.size() % 50 == 0)
      std::fprintf(stderr, "analysed %zu frames\n", all.size());
  }
  return all;
}

bool has_any(const pose::Instance &person, std::initializer_list<std::size_t> parts)
{
  return std::any_of(parts.begin(), parts.end(),
      [&](std::size_t part) { return person.keypoints[part].has_value(); });
}

/* How tall a person is, pixels: there is some 7 % of it above the eyes and 4 % below the ankles,
 * 18 % above the neck and 28 % below the knees. */
double stature(const pose::Instance &person)
{
  const double top = has_any(person, {14, 15, 16, 17}) ? 0.93 : has_any(person, {0}) ? 0.915 : 0.82;
  const double bottom = has_any(person, {10, 13}) ? 0.04 : 0.285;
  return double(person.box.height) / (top - bottom);
}

/* Distance of two poses: the mean over the keypoints that both have, in heights of `truth`. */
double distance(const pose::Instance &truth, const pose::Instance &carried)
{
  double sum = 0.0;
  int shared = 0;
  for (std::size_t part = 0; part < truth.keypoints.size(); ++part) {
    const auto &a = truth.keypoints[part], &b = carried.keypoints[part];
    if (!a || !b)
      continue;
    sum += std::hypot(a->position.x - b->position.x, a->position.y - b->position.y);
    ++shared;
  }
  return shared < 3 ? 1e9 : sum / shared / stature(truth);
}

/* What a way of carrying came to. */
struct Score {
  std::vector<float> errors; // one a keypoint, in heights of its person
  double box_error = 0.0;    // their sum, in heights of the box around its keypoints
  std::size_t truths = 0;    // people analysed
  std::size_t matched = 0;   // of which were carried to within kGate
  std::size_t keypoints = 0; // carried

  double mean() const
  {
    double sum = 0.0;
    for (const float error : errors)
      sum += error;
    return errors.empty() ? 0.0 : sum / double(errors.size());
  }
};

double quantile(std::vector<float> values, double at)
{
  if (values.empty())
    return 0.0;
  const auto nth = values.begin() + std::ptrdiff_t(at * double(values.size() - 1));
  std::nth_element(values.begin(), nth, values.end());
  return *nth;
}

constexpr double kGate = 0.45; // heights; further away is somebody else

void add_errors(const pose::Instance &truth, const pose::Instance &carried, Score &score)
{
  for (std::size_t part = 0; part < truth.keypoints.size(); ++part) {
    const auto &a = truth.keypoints[part], &b = carried.keypoints[part];
    if (!a || !b)
      continue;
    const double off = std::hypot(a->position.x - b->position.x, a->position.y - b->position.y);
    score.errors.push_back(float(off / stature(truth)));
    score.box_error += off / double(truth.box.height);
  }
}

/* People that can serve as truth: with enough of a body that its height means something. */
bool is_whole(const pose::Instance &person)
{
  return has_any(person, {0, 1}) && has_any(person, {9, 10, 12, 13}) && person.box.height >= 24.f;
}

/* Matches carried people to those analysed in the same frame, nearest first. */
void judge(
    const People &truths, const People &carried, const People &held, Score &score, Score *same_held)
{
  std::vector<std::tuple<double, std::size_t, std::size_t>> pairs;
  std::vector<char> is_taken(carried.size()), is_done(truths.size());
  for (std::size_t t = 0; t < truths.size(); ++t) {
    if (!is_whole(truths[t]))
      continue;
    ++score.truths;
    for (std::size_t c = 0; c < carried.size(); ++c)
      if (const double far = distance(truths[t], carried[c]); far < kGate)
        pairs.emplace_back(far, t, c);
  }
  for (const pose::Instance &person : carried)
    for (const auto &keypoint : person.keypoints)
      score.keypoints += keypoint.has_value();
  std::sort(pairs.begin(), pairs.end());
  for (const auto &[far, t, c] : pairs) {
    if (is_taken[c] || is_done[t])
      continue;
    is_taken[c] = is_done[t] = 1;
    ++score.matched;
    add_errors(truths[t], carried[c], score);
    if (!same_held)
      continue;
    pose::Instance same = held[std::size_t(carried[c].id)];
    for (std::size_t part = 0; part < same.keypoints.size(); ++part)
      if (!carried[c].keypoints[part])
        same.keypoints[part].reset();
    add_errors(truths[t], same, *same_held);
  }
}

struct Outcome {
  Score hold;
  Score flow;
  Score same_hold;              // hold, judged by flow's matches and on the keypoints it kept
  std::vector<float> times;     // ms a frame
  std::vector<float> set_times; // of frames with a new analysis
  double people = 0.0;          // mean per frame
};

People scaled(const People &people, double sx, double sy)
{
  People out = people;
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i].id = int(i);
    for (auto &keypoint : out[i].keypoints)
      if (keypoint)
        keypoint->position = {float((keypoint->position.x + 0.5) * sx - 0.5),
            float((keypoint->position.y + 0.5) * sy - 0.5)};
    out[i].box = pose::box_of(out[i]);
  }
  return out;
}

/* What this thread has used of a core; OpenCV's own threads are off. */
double cpu_ms()
{
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return double(now.tv_sec) * 1e3 + double(now.tv_nsec) * 1e-6;
}

Outcome simulate(const Options &options, const std::vector<People> &analyses)
{
  Reader reader(options.video, options.size);
  const double fps = reader.fps();
  const std::size_t period = std::max<std::size_t>(1, std::size_t(std::lround(fps / options.rate)));
  std::printf("%.3g frames a second, an analysis every %zu, one period late\n", fps, period);
  cv::setNumThreads(1);
  pose::FlowPropagator propagator(pose::keypoint_set(pose::KeypointSetId::Coco));
  Outcome outcome;
  People held;
  for (std::size_t i = 0; i < analyses.size() && reader.next(); ++i) {
    const pose::Frame frame = reader.frame();
    const double sx = double(frame.width) / reader.native().width;
    const double sy = double(frame.height) / reader.native().height;
    const bool fresh = i % period == 0 && i >= period;
    if (fresh)
      held = scaled(analyses[i - period], sx, sy);
    const double start = cpu_ms();
    propagator.push(i, frame);
    if (fresh)
      propagator.set(i - period, held);
    const People &carried = propagator.poses();
    const float took = float(cpu_ms() - start);
    outcome.times.push_back(took);
    if (fresh)
      outcome.set_times.push_back(took);
    if (i < period)
      continue;
    const People truths = scaled(analyses[i], sx, sy);
    outcome.people += double(held.size()) / double(analyses.size() - period);
    judge(truths, held, held, outcome.hold, nullptr);
    judge(truths, carried, held, outcome.flow, &outcome.same_hold);
  }
  return outcome;
}

void print(const char *name, const Score &score, std::size_t all_keypoints)
{
  std::printf(
      "%-10s mean %5.2f %% (of the box %5.2f %%)  median %5.2f %%  p90 %5.2f %%  people %4.1f %%",
      name, 100.0 * score.mean(),
      100.0 * score.box_error / double(std::max<std::size_t>(1, score.errors.size())),
      100.0 * quantile(score.errors, 0.5), 100.0 * quantile(score.errors, 0.9),
      100.0 * double(score.matched) / double(std::max<std::size_t>(1, score.truths)));
  if (all_keypoints > 0)
    std::printf("  keypoints %5.1f %%", 100.0 * double(score.keypoints) / double(all_keypoints));
  std::printf("\n");
}

int report(const Options &options, Outcome outcome)
{
  print("hold", outcome.hold, outcome.hold.keypoints);
  print("flow", outcome.flow, outcome.hold.keypoints);
  outcome.same_hold.truths = outcome.flow.truths;
  outcome.same_hold.matched = outcome.flow.matched;
  print("hold, same", outcome.same_hold, 0);
  std::printf("%.1f people; frame median %.2f ms, p99 %.2f ms; with a new analysis median %.2f ms, "
              "p99 %.2f ms\n",
      outcome.people, quantile(outcome.times, 0.5), quantile(outcome.times, 0.99),
      quantile(outcome.set_times, 0.5), quantile(outcome.set_times, 0.99));
  const double mean = outcome.flow.mean();
  const bool good = 100.0 * mean <= options.most && mean <= kRatio * outcome.hold.mean();
  std::printf("%s: mean at most %.1f %%, and %.2f of hold's (is %.2f)\n", good ? "met" : "MISSED",
      options.most, kRatio, mean / outcome.hold.mean());
  return options.check && !good ? 1 : 0;
}

int run(const Options &options)
{
  std::vector<People> analyses = load(options);
  if (analyses.empty()) {
    analyses = analyse(options);
    if (!options.cache.empty())
      save(options, analyses);
  }
  return report(options, simulate(options, analyses));
}

int usage()
{
  std::fprintf(stderr,
      "usage: carry_error [--model NAME] [--height N] [--cache FILE] [--rate N]\n"
      "    [--frames N] [--size WxH] [--check] [--most PERCENT] VIDEO\n"
      "Analyses every frame (--cache keeps that for the next time), then acts as if the network\n"
      "ran --rate times a second and each result came one period late, and compares what is\n"
      "carried with what was analysed. Errors are in heights of the person. --check: exit 1 if\n"
      "the mean error is over --most (%.0f %%), or over %.2f of what repeating the last pose "
      "gives.\n"
      "For networks of the COCO keypoint set.\n",
      Options().most, kRatio);
  return 2;
}

} // namespace

int main(int argc, char **argv)
{
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--check")
      options.check = true;
    else if (word.rfind("--", 0) != 0)
      options.video = word;
    else if (++i == argc)
      return usage();
    else if (word == "--model")
      options.model = argv[i];
    else if (word == "--cache")
      options.cache = argv[i];
    else if (word == "--height")
      options.height = std::atoi(argv[i]);
    else if (word == "--rate")
      options.rate = std::atof(argv[i]);
    else if (word == "--most")
      options.most = std::atof(argv[i]);
    else if (word == "--frames")
      options.frames = std::atoi(argv[i]);
    else if (word != "--size" ||
             std::sscanf(argv[i], "%dx%d", &options.size.width, &options.size.height) != 2)
      return usage();
  }
  if (options.video.empty() || !(options.rate > 0.0))
    return usage();
  if (!std::filesystem::exists(options.video)) {
    std::printf("skipped: no video %s\n", options.video.c_str());
    return 77;
  }
  try {
    return run(options);
  } catch (const pose::Error &error) {
    std::fprintf(stderr, "carry_error: %s %s\n", error.what(), error.detail().c_str());
    return 1;
  }
}
