// SPDX-License-Identifier: LGPL-2.1-or-later
// The same frames through 1, 8 and 16 elements of one process at a time, and through many processes
// one after another. Kept when each finds the same, bit for bit.
#include <algorithm>
#include <cinttypes>
#include <set>
#include <string>
#include <thread>

#include <gst/check/gstharness.h>
#include <gst/pose/pose.h>

#include "stress.h"
#include "support/toy.h"

namespace stress
{

namespace
{

using Hashes = std::vector<guint64>;

constexpr guint64 kFnvBasis = 14695981039346656037u; // FNV-1a, 64 bits
constexpr guint64 kFnvPrime = 1099511628211u;

guint64 mix(guint64 hash, const void *data, gsize size)
{
  for (gsize i = 0; i < size; i++)
    hash = (hash ^ static_cast<const guint8 *>(data)[i]) * kFnvPrime;
  return hash;
}

/* Of all keypoints and scores that a frame has. */
guint64 hash_of(GstBuffer *buffer)
{
  guint64 hash = kFnvBasis;
  const GstPoseMeta *meta = gst_buffer_get_pose_meta(buffer);
  if (meta == nullptr)
    return 0;
  for (guint i = 0; i < gst_pose_meta_get_n_poses(meta); i++) {
    gfloat score = 0.f;
    gst_pose_meta_get_pose(meta, i, nullptr, &score);
    hash = mix(hash, &score, sizeof(score));
  }
  GBytes *keypoints = gst_pose_meta_get_keypoint_bytes(meta);
  gsize size = 0;
  const gconstpointer data = g_bytes_get_data(keypoints, &size);
  hash = mix(hash, data, size);
  g_bytes_unref(keypoints);
  return hash;
}

/* Two people, noise, and a shift, all by the number of the frame. */
class Pictures
{
 public:
  Pictures()
  {
    const pose::KeypointSet &set = pose::keypoint_set(pose::KeypointSetId::Coco);
    const std::vector<synthetic::Body> bodies = {
        synthetic::figure(set, {12.f, 23.f}, 40.f), synthetic::figure(set, {33.5f, 23.f}, 38.f)};
    size_ = toy::picture_size(set);
    grey_ = toy::picture(set, synthetic::paint(set, toy::kMapSize, bodies, 0.8f, 0.8f));
  }

  std::string caps() const
  {
    return text(
        "video/x-raw,format=GRAY8,width=%d,height=%d,framerate=30/1", size_.width, size_.height);
  }

  GstBuffer *frame(unsigned seed, long number) const
  {
    constexpr int kNoise = 3000; // pixels
    std::vector<std::uint8_t> grey = grey_;
    Random random(seed + unsigned(number));
    for (int i = 0; i < kNoise; i++)
      grey[random() % grey.size()] = std::uint8_t(random());
    std::rotate(grey.begin(), grey.begin() + number % 8, grey.end());
    GstBuffer *buffer = gst_buffer_new_memdup(grey.data(), grey.size());
    GST_BUFFER_PTS(buffer) = guint64(number) * GST_SECOND / 30;
    return buffer;
  }

 private:
  pose::Size size_;
  std::vector<std::uint8_t> grey_;
};

Hashes analyse(const Pictures &pictures, const std::string &properties, unsigned seed, long count)
{
  Hashes hashes;
  GstElement *element =
      gst_parse_launch(("poseestimate inference=every-frame " + properties).c_str(), nullptr);
  gst_object_ref_sink(element);
  GstHarness *harness = gst_harness_new_with_element(element, "sink", "src");
  gst_harness_set_src_caps_str(harness, pictures.caps().c_str());
  for (long i = 0; i < count; i++) {
    gst_harness_push(harness, pictures.frame(seed, i));
    GstBuffer *out = gst_harness_try_pull(harness);
    hashes.push_back(out ? hash_of(out) : 0);
    gst_clear_buffer(&out);
  }
  gst_harness_teardown(harness);
  gst_object_unref(element);
  return hashes;
}

} // namespace

std::string run_hash(unsigned seed, long count)
{
  const Networks networks;
  guint64 hash = kFnvBasis;
  for (const guint64 each : analyse(Pictures(), networks.toy(), seed, count))
    hash = mix(hash, &each, sizeof(each));
  return text("%016" PRIx64, hash);
}

Outcome instances(const Request &request)
{
  constexpr int kAtATime[] = {1, 8, 16};
  constexpr int kAll = 1 + 8 + 16;
  const Networks networks;
  const Pictures pictures;
  const long count = std::max(1L, request.volume / kAll);
  Hashes expected;
  long different = 0;
  for (const int elements : kAtATime) {
    std::vector<Hashes> found{std::size_t(elements)};
    std::vector<std::thread> threads;
    for (Hashes &hashes : found)
      threads.emplace_back(
          [&] { hashes = analyse(pictures, networks.toy(), request.seed, count); });
    for (std::thread &thread : threads)
      thread.join();
    if (expected.empty())
      expected = found[0];
    for (const Hashes &hashes : found)
      for (std::size_t i = 0; i < expected.size(); i++)
        different += hashes[i] != expected[i];
  }
  const std::size_t kinds = std::set<guint64>(expected.begin(), expected.end()).size();
  const bool looked = std::find(expected.begin(), expected.end(), guint64(0)) == expected.end() &&
                      kinds + 1 >= std::min(expected.size(), std::size_t(3));
  return {different == 0 && looked,
      text("1, 8 and 16 elements, %ld frames each: %ld differ, of %zu results", count, different,
          kinds)};
}

Outcome processes(const Request &request)
{
  constexpr long kFrames = 40;
  std::set<std::string> hashes;
  long failed = 0;
  for (long i = 0; i < request.volume; i++) {
    const std::string seed = std::to_string(request.seed);
    const std::string count = std::to_string(kFrames);
    const gchar *arguments[] = {"/proc/self/exe", "hash", count.c_str(), seed.c_str(), nullptr};
    gchar *output = nullptr;
    gint status = 0;
    const bool ran = g_spawn_sync(nullptr, const_cast<gchar **>(arguments), nullptr,
        G_SPAWN_DEFAULT, nullptr, nullptr, &output, nullptr, &status, nullptr);
    if (ran && status == 0)
      hashes.insert(output);
    else
      failed++;
    g_free(output);
  }
  return {failed == 0 && hashes.size() == 1,
      text("%ld frames each: %zu results, %ld ended badly", kFrames, hashes.size(), failed)};
}

} // namespace stress
