// SPDX-License-Identifier: LGPL-2.1-or-later
// A camera that dies and comes back, over and over. POSE_RTSP_CYCLES: how often (5).
#include <cstdlib>
#include <filesystem>
#include <random>

#include "process.h"
#include "proxy.h"
#include "rtsp_server.h"
#include "support.h"

namespace
{

/* Far above what it takes; a busy machine must not fail the test. */
constexpr double kBound = 15.0;

int cycles()
{
  const char *text = std::getenv("POSE_RTSP_CYCLES");
  return text != nullptr ? std::atoi(text) : 5;
}

/* Every connection is a recording that can be played to its end; `moments` are its length as seen
 * from outside, in seconds. */
void check_recordings(rtsp::Process &posecam, const std::vector<double> &moments)
{
  std::vector<rtsp::Event> annotated;
  std::size_t clean = 0;
  for (const rtsp::Event &segment : posecam.all("segment")) {
    const auto file = segment.line.at("file").get<std::string>();
    EXPECT_TRUE(segment.line.at("ok")) << segment.line;
    const rtsp::Decoded video = rtsp::decode(file);
    EXPECT_EQ(video.error, "") << file;
    EXPECT_GT(video.frames, 0) << file;
    const int written = segment.line.at("frames");
    if (file.find("-clean.") == std::string::npos) {
      EXPECT_EQ(video.frames, written) << file;
      annotated.push_back(segment);
    } else { // the last packet may have been cut off in the middle
      EXPECT_GE(video.frames, written - 1) << file;
      EXPECT_LE(video.frames, written) << file;
      clean++;
    }
  }
  ASSERT_EQ(annotated.size(), moments.size()) << "a recording is lost";
  EXPECT_EQ(clean, moments.size()) << "an untouched recording is lost";
  std::sort(annotated.begin(), annotated.end(),
      [](const auto &a, const auto &b) { return a.line.at("file") < b.line.at("file"); });
  double recorded = 0.0;
  double alive = 0.0;
  double latest = -1.0;
  for (std::size_t i = 0; i < moments.size(); i++) {
    const double first = annotated[i].line.at("first");
    const double last = annotated[i].line.at("last");
    EXPECT_GT(first, latest) << "time goes on from recording to recording";
    latest = last;
    recorded += last - first;
    alive += moments[i];
  }
  std::printf("recorded %.1f s of %.1f s\n", recorded, alive);
  EXPECT_NEAR(recorded, alive, 0.25 * alive);
}

TEST(Loss, AKilledCameraComesBackAndNothingIsLost)
{
  const rtsp::Scene scene;
  rtsp::Server server(rtsp::h264(scene.pictures()));
  rtsp::Process posecam(
      {rtsp::posecam(), "--output", scene.scratch.path("recordings"), "--clean", "--encoder",
          "jpegenc", "--pose", scene.properties(), "--status", "1", "door=" + server.url()});
  std::mt19937 random(1);
  std::uniform_real_distribution<double> alive_for(0.6, 1.0);
  std::uniform_real_distribution<double> dead_for(0.05, 0.5);
  std::vector<double> recoveries;
  std::vector<double> moments;
  auto connected = posecam.take("connected", 20.0);
  ASSERT_TRUE(connected);
  const int count = cycles();
  for (int i = 0; i < count; i++) {
    g_usleep(gulong(alive_for(random) * G_USEC_PER_SEC));
    server.kill();
    moments.push_back(rtsp::since(connected->at));
    g_usleep(gulong(dead_for(random) * G_USEC_PER_SEC));
    server.restore();
    const auto restored = rtsp::Clock::now();
    ASSERT_TRUE(posecam.take("lost", kBound)) << "cycle " << i;
    connected = posecam.take("connected", kBound);
    ASSERT_TRUE(connected) << "cycle " << i;
    recoveries.push_back(std::chrono::duration<double>(connected->at - restored).count());
  }
  g_usleep(G_USEC_PER_SEC / 2);
  moments.push_back(rtsp::since(connected->at));
  EXPECT_EQ(posecam.end().status, 0);
  std::printf("recovery of %zu: p50 %.2f s, p99 %.2f s, most %.2f s\n", recoveries.size(),
      rtsp::quantile(recoveries, 0.5), rtsp::quantile(recoveries, 0.99),
      rtsp::quantile(recoveries, 1.0));
  check_recordings(posecam, moments);
}

TEST(Loss, ASilentLinkIsNoticed)
{
  const rtsp::Scene scene;
  const rtsp::Server server(rtsp::h264(scene.pictures()));
  rtsp::Proxy proxy(server.port());
  rtsp::Process posecam({rtsp::posecam(), "--output", scene.scratch.path("recordings"), "--clean",
      "--encoder", "jpegenc", "--pose", scene.properties(), "--silence", "1.5", "--connect", "1.5",
      "--status", "1", rtsp::Server::url(proxy.port())});
  auto connected = posecam.take("connected", 20.0);
  ASSERT_TRUE(connected);
  std::vector<double> moments;
  for (int i = 0; i < std::max(cycles() / 10, 2); i++) {
    g_usleep(G_USEC_PER_SEC);
    proxy.freeze();
    const auto frozen = rtsp::Clock::now();
    moments.push_back(std::chrono::duration<double>(frozen - connected->at).count());
    const auto lost = posecam.take("lost", kBound);
    ASSERT_TRUE(lost);
    EXPECT_EQ(lost->line.at("why"), "silence");
    const double noticed = std::chrono::duration<double>(lost->at - frozen).count();
    std::printf("silence noticed after %.2f s\n", noticed);
    EXPECT_GT(noticed, 1.0);
    EXPECT_LT(noticed, 3.5);
    proxy.thaw();
    connected = posecam.take("connected", kBound);
    ASSERT_TRUE(connected);
  }
  g_usleep(G_USEC_PER_SEC);
  proxy.freeze(); // ends in time with a dead link, too
  moments.push_back(rtsp::since(connected->at));
  const auto end = posecam.end();
  EXPECT_EQ(end.status, 0);
  EXPECT_LT(end.seconds, 5.0);
  check_recordings(posecam, moments);
}

TEST(Loss, TheEndOfALiveStreamIsALoss)
{
  const rtsp::Scene scene;
  const rtsp::Server server(
      rtsp::h264("videotestsrc is-live=true num-buffers=40 ! video/x-raw,width=160,height=120,"
                 "framerate=25/1"));
  rtsp::Process posecam(
      {rtsp::posecam(), "--pose", scene.properties(), "--status", "0", server.url()});
  for (int i = 0; i < 2; i++) {
    ASSERT_TRUE(posecam.take("connected", kBound));
    const auto lost = posecam.take("lost", kBound);
    ASSERT_TRUE(lost);
    EXPECT_NE(lost->line.at("why"), "no-answer");
  }
  ASSERT_TRUE(posecam.take("connected", kBound));
  EXPECT_EQ(posecam.end(SIGINT).status, 0);
}

TEST(Loss, ACameraThatIsNotThereIsTriedForEverLessOften)
{
  const rtsp::Scene scene;
  int port = 0;
  {
    const rtsp::Server gone(rtsp::h264("videotestsrc is-live=true"));
    port = gone.port();
  }
  rtsp::Process posecam(
      {rtsp::posecam(), "--pose", scene.properties(), "--duration", "4", rtsp::Server::url(port)});
  EXPECT_EQ(posecam.end(0, 15.0).status, 0);
  const auto losses = posecam.all("lost");
  ASSERT_GE(losses.size(), 3U);
  EXPECT_LE(losses.size(), 8U);
  EXPECT_GT(losses.back().line.at("delay").get<double>(),
      2.0 * losses.front().line.at("delay").get<double>());
}

/* The network takes one width only, so that each analysis of frames of another shape fails; and
 * then its file is gone for a while. */
TEST(Loss, AnAnalysisThatCannotBeBuiltIsTriedAgain)
{
  const rtsp::Scene scene;
  const std::string away = scene.model + ".away";
  rtsp::Process posecam({rtsp::posecam(), "--pose",
      "max-errors=1 model=" + scene.model + " height=" + std::to_string(scene.size.height),
      "test"});
  const auto lost = posecam.take("lost", kBound);
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->line.at("why"), "analysis");
  std::filesystem::rename(scene.model, away);
  const auto take = [&](bool missing) {
    for (int i = 0; i < 5; i++) {
      const auto next = posecam.take("lost", 2 * kBound);
      if (!next)
        return false;
      EXPECT_EQ(next->line.at("why"), "analysis");
      const std::string detail = next->line.at("detail");
      if ((detail.find("does not exist") != std::string::npos) == missing)
        return true;
    }
    return false;
  };
  EXPECT_TRUE(take(true)) << "the file is not missed";
  EXPECT_TRUE(take(true)) << "it is not tried again";
  std::filesystem::rename(away, scene.model);
  EXPECT_TRUE(take(false)) << "it is not built again";
  EXPECT_TRUE(posecam.all("failed").empty());
  EXPECT_EQ(posecam.end().status, 0);
}

} // namespace

int main(int argc, char **argv)
{
  return rtsp::run(argc, argv,
      {"rtspsrc", "x264enc", "rtph264pay", "parsebin", "avdec_h264", "imagefreeze", "rawvideoparse",
          "matroskamux", "h264parse", "jpegenc", "poseestimate"});
}
