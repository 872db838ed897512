// SPDX-License-Identifier: LGPL-2.1-or-later
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "base/error.h"
#include "model/card.h"
#include "model/file.h"
#include "support/scratch.h"
#include "support/toy.h"

namespace card_test
{

using pose::Card;
using pose::ErrorCode;
using pose::KeypointSetId;

/* Runs `body`, which has to fail, and returns the error. */
template <typename F>
pose::Error failure_of(F &&body)
{
  try {
    body();
  } catch (const pose::Error &error) {
    return error;
  }
  ADD_FAILURE() << "did not fail";
  return {ErrorCode::Inference, ""};
}

void expect_text(const pose::Error &error, const std::string &part)
{
  EXPECT_NE(std::string(error.what()).find(part), std::string::npos)
      << "'" << part << "' is not in: " << error.what();
}

class Models : public testing::Test
{
 protected:
  Scratch scratch;
  const std::string toy = toy::onnx(pose::keypoint_set(KeypointSetId::Hand));

  Card card_of(const std::string &model, const std::string &config = {}) const
  {
    return pose::resolve_model(model, config, {scratch.path()});
  }
};

TEST_F(Models, AreDescribedByTheirCard)
{
  const auto path = scratch.write("net.json",
      R"({"name": "a net", "mode": "mpii", "model": "net.onnx", "config": "net.txt", "width": 432,
          "height": 368, "mean": [1, 2, 3], "scale": 1, "rgb": true, "sha256": "ab",
          "licence": "free", "source": "me"})");
  const Card card = pose::read_card(path);
  EXPECT_EQ(card.name, "a net");
  EXPECT_EQ(card.mode, KeypointSetId::Mpii);
  EXPECT_EQ(card.model, scratch.path("net.onnx"));
  EXPECT_EQ(card.config, scratch.path("net.txt"));
  EXPECT_EQ(card.width, 432);
  EXPECT_EQ(card.mean[2], 3.0);
  EXPECT_EQ(card.scale, 1.0);
  EXPECT_TRUE(card.rgb);
}

TEST_F(Models, SayHowTheirInputIsMadeAndTheirOutputsRead)
{
  const Card card = pose::read_card(scratch.write("net.json",
      R"({"model": "net.onnx", "decoder": "center", "outputs": {"center": "hm"}, "multiple": 32,
          "std": [58.395, 57.12, 57.375], "padding": 114, "letterbox": "center",
          "finder": "palms", "crop": {"scale": 1.25, "shape": "input", "turned": true,
          "shift": -0.1, "mirror": false, "follow": {"scale": 2.6, "shift": 0.5}, "later": 1}})"));
  EXPECT_EQ(card.decoder, "center");
  EXPECT_EQ(card.outputs, (std::map<std::string, std::string>{{"center", "hm"}}));
  EXPECT_EQ(card.multiple, 32);
  EXPECT_EQ(card.std[1], 57.12);
  EXPECT_EQ(card.padding, 114.0);
  EXPECT_TRUE(card.centered);
  EXPECT_EQ(card.crop.scale, 1.25);
  EXPECT_TRUE(card.crop.fills);
  EXPECT_TRUE(card.crop.turned);
  EXPECT_EQ(card.crop.shift, -0.1);
  EXPECT_FALSE(card.crop.mirror);
  EXPECT_EQ(card.crop.follow_scale, 2.6);
  EXPECT_EQ(card.crop.follow_shift, 0.5);
  EXPECT_EQ(card.finder, "palms");
}

TEST_F(Models, NameTheirFinderOrItsFileBesideThem)
{
  const auto finder = [&](const std::string &name) {
    const std::string text = R"({"model": "a.onnx", "finder": ")" + name + "\"}";
    return pose::read_card(scratch.write("cards/a.json", text)).finder;
  };
  EXPECT_EQ(finder("mediapipe-palm"), "mediapipe-palm");
  EXPECT_EQ(finder("palm.json"), scratch.path("cards/palm.json"));
  EXPECT_EQ(finder("palm.onnx"), scratch.path("cards/palm.onnx"));
  EXPECT_EQ(finder("/models/palm.json"), "/models/palm.json");
  EXPECT_EQ(finder(""), "");
}

TEST_F(Models, HaveTheMissionsParametersUnlessSaidOtherwise)
{
  const Card card = pose::read_card(scratch.write("net.json", R"({"model": "net.onnx"})"));
  EXPECT_EQ(card.width, 368);
  EXPECT_EQ(card.height, 368);
  EXPECT_EQ(card.mean, (std::array<double, 3>{0, 0, 0}));
  EXPECT_NEAR(card.scale, 0.00392, 1e-5);
  EXPECT_FALSE(card.rgb);
  EXPECT_FALSE(card.mode);
  EXPECT_EQ(card.std, (std::array<double, 3>{1, 1, 1}));
  EXPECT_EQ(card.padding, 0.0);
  EXPECT_FALSE(card.centered);
  EXPECT_EQ(card.multiple, 0);
  EXPECT_EQ(card.crop.scale, 1.0);
  EXPECT_FALSE(card.crop.fills);
  EXPECT_FALSE(card.crop.turned);
  EXPECT_EQ(card.crop.shift, 0.0);
  EXPECT_TRUE(card.crop.mirror);
  EXPECT_EQ(card.crop.follow_scale, 2.0);
  EXPECT_EQ(card.crop.follow_shift, 0.1);
  EXPECT_EQ(card.finder, "");
}

TEST_F(Models, RefuseCardsThatMakeNoSense)
{
  const std::pair<const char *, const char *> bad[] = {{"[]", "not a JSON object"},
      {"{", "not a JSON object"}, {"{}", "names no 'model'"},
      {R"({"model": 3})", "'model' of the wrong type: 3"},
      {R"({"model": "a.onnx", "width": 0})", "input side of 0"},
      {R"({"model": "a.onnx", "height": 100000})", "input side of 100000"},
      {R"({"model": "a.onnx", "mode": "foot"})", "unknown 'mode' 'foot'"},
      {R"({"model": "a.onnx", "scale": 0})", "'scale' that is not above 0"},
      {R"({"model": "a.onnx", "mean": [1]})", "'mean' of the wrong type"},
      {R"({"model": "a.onnx", "std": [1, 0, 1]})", "'std' of 0.0, which is not above 0"},
      {R"({"model": "a.onnx", "std": [1, 1]})", "'std' of the wrong type"},
      {R"({"model": "a.onnx", "padding": 256})", "'padding' of 256.0, not 0 to 255"},
      {R"({"model": "a.onnx", "padding": "grey"})", "'padding' of the wrong type"},
      {R"({"model": "a.onnx", "letterbox": "left"})", "'letterbox' 'left', neither top-left nor"},
      {R"({"model": "a.onnx", "multiple": -1})", "'multiple' of -1, not 0 to 256"},
      {R"({"model": "a.onnx", "crop": 1.25})", "'crop' of the wrong type: 1.25"},
      {R"({"model": "a.onnx", "crop": {"scale": "big"}})", "'scale' of the wrong type: \"big\""},
      {R"({"model": "a.onnx", "crop": {"scale": 0}})", "'scale' of 0, not 0.1 to 10"},
      {R"({"model": "a.onnx", "crop": {"scale": 11}})", "'scale' of 11, not 0.1 to 10"},
      {R"({"model": "a.onnx", "crop": {"shape": 3}})", "'shape' 3, neither"},
      {R"({"model": "a.onnx", "crop": {"shape": "round"}})",
          "'crop' with an unknown 'shape' \"round\", neither \"square\" nor \"input\""},
      {R"({"model": "a.onnx", "crop": {"turned": 1}})",
          "'crop' with a 'turned' of the wrong type: 1"},
      {R"({"model": "a.onnx", "crop": {"mirror": "no"}})",
          "'crop' with a 'mirror' of the wrong type: \"no\""},
      {R"({"model": "a.onnx", "crop": {"shift": true}})",
          "'crop' with a 'shift' of the wrong type: true"},
      {R"({"model": "a.onnx", "crop": {"shift": -2.5}})",
          "'crop' with a 'shift' of -2.5, not -2 to 2"},
      {R"({"model": "a.onnx", "crop": {"follow": 2}})",
          "'crop' with a 'follow' of the wrong type: 2"},
      {R"({"model": "a.onnx", "crop": {"follow": {"scale": null}}})",
          "'follow' in its 'crop' with a 'scale' of the wrong type: null"},
      {R"({"model": "a.onnx", "crop": {"follow": {"scale": 0.05}}})",
          "'follow' in its 'crop' with a 'scale' of 0.05, not 0.1 to 10"},
      {R"({"model": "a.onnx", "crop": {"follow": {"shift": 3}}})",
          "'follow' in its 'crop' with a 'shift' of 3, not -2 to 2"},
      {R"({"model": "a.onnx", "finder": 3})", "'finder' of the wrong type: 3"},
      {R"({"model": "a.onnx", "outputs": ["a"]})", "'outputs' of the wrong type"},
      {R"({"model": "a.onnx", "rgb": "yes"})", "'rgb' of the wrong type"}};
  for (const auto &[text, finding] : bad) {
    const auto path = scratch.write("bad.json", text);
    const auto error = failure_of([&] { pose::read_card(path); });
    EXPECT_EQ(error.code(), ErrorCode::ModelCorrupt);
    expect_text(error, finding);
    expect_text(error, path);
  }
}

TEST_F(Models, AreFoundByNameOnThePath)
{
  scratch.write("b/net.json", R"({"model": "second.onnx"})");
  scratch.write("a/net.json", R"({"model": "first.onnx"})");
  const Card card = pose::resolve_model("net", "", {scratch.path("a"), scratch.path("b")});
  EXPECT_EQ(card.model, scratch.path("a/first.onnx"));
}

TEST_F(Models, AreMissedByNameWithThePathThatWasSearched)
{
  const auto error = failure_of([&] {
    pose::resolve_model("nothing", "", {"/no/such", "/either"});
  });
  EXPECT_EQ(error.code(), ErrorCode::ModelNotFound);
  expect_text(error, "'nothing'");
  expect_text(error, "/no/such:/either");
}

TEST_F(Models, UnsetMeansTheBestOneWhoseWeightsAreThere)
{
  scratch.write("default.json", R"({"model": "gone.onnx"})");
  scratch.write("mobilenet-thin.json", R"({"model": "here.onnx"})");
  scratch.write("here.onnx", "x");
  EXPECT_EQ(card_of("").name, "mobilenet-thin");
  scratch.write("movenet-multipose.json", R"({"model": "here.onnx"})");
  EXPECT_EQ(card_of("").name, "movenet-multipose");
  scratch.write("lightweight-coco.json", R"({"model": "here.onnx"})");
  EXPECT_EQ(card_of("").name, "lightweight-coco");
  const auto error = failure_of([&] { pose::resolve_model("", "", {"/no/such"}); });
  EXPECT_EQ(error.code(), ErrorCode::ModelNotFound);
  expect_text(error, "No model is set");
}

TEST_F(Models, UnsetMeansAHandsOrFacesNetworkWhereTheModeIs)
{
  const auto name_of = [&](KeypointSetId mode) {
    return pose::resolve_model("", "", {scratch.path()}, mode).name;
  };
  scratch.write("here.onnx", "x");
  scratch.write("default.json", R"({"model": "here.onnx"})");
  const auto error = failure_of([&] { name_of(KeypointSetId::Hand); });
  EXPECT_EQ(error.code(), ErrorCode::ModelNotFound);
  expect_text(error, "gst-pose-models (models/fetch in the source tree), such as mediapipe-hand");
  scratch.write("hand.json", R"({"model": "here.onnx"})");
  scratch.write("face.json", R"({"model": "here.onnx"})");
  EXPECT_EQ(name_of(KeypointSetId::Hand), "hand");
  EXPECT_EQ(name_of(KeypointSetId::Face), "face");
  scratch.write("mediapipe-hand.json", R"({"model": "here.onnx"})");
  scratch.write("mediapipe-face.json", R"({"model": "here.onnx"})");
  EXPECT_EQ(name_of(KeypointSetId::Hand), "mediapipe-hand");
  EXPECT_EQ(name_of(KeypointSetId::Face), "mediapipe-face");
  EXPECT_EQ(name_of(KeypointSetId::Coco17), "default");
}

TEST_F(Models, TakeTheDefinitionBesideTheWeights)
{
  scratch.write("net.caffemodel", "x");
  scratch.write("net.prototxt", "x");
  EXPECT_EQ(card_of(scratch.path("net.caffemodel")).config, scratch.path("net.prototxt"));
  EXPECT_EQ(card_of(scratch.path("net.caffemodel"), "/other").config, "/other");
}

TEST_F(Models, TakeTheCardBesideTheWeightsIfItIsTheirs)
{
  scratch.write("net.onnx", "x");
  scratch.write("net.json", R"({"model": "net.onnx", "rgb": true})");
  EXPECT_TRUE(card_of(scratch.path("net.onnx")).rgb);
  scratch.write("net.json", R"({"model": "another.onnx", "rgb": true})");
  EXPECT_FALSE(card_of(scratch.path("net.onnx")).rgb);
}

TEST_F(Models, TakeNamesLiterally)
{
  for (const char *name : {"~/net.onnx", "file:///net.onnx", "*.onnx", "../../net.onnx",
           "\xff.onnx", "$HOME/net.onnx"}) {
    const auto error = failure_of([&] { pose::read_model(card_of(name)); });
    EXPECT_EQ(error.code(), ErrorCode::ModelNotFound) << name;
    expect_text(error, name);
  }
}

TEST_F(Models, SurviveAPathOfAMegabyte)
{
  const std::string path = std::string(1 << 20, 'a') + ".onnx";
  const auto error = failure_of([&] { pose::read_model(card_of(path)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelUnreadable);
}

TEST_F(Models, ReadAWeightlessNetwork)
{
  const std::string text = toy::prototxt(pose::keypoint_set(KeypointSetId::Hand));
  const auto files = pose::read_model(card_of(scratch.write("toy.prototxt", text)));
  EXPECT_EQ(files.format, pose::ModelFormat::Caffe);
  EXPECT_EQ(files.config, text);
  EXPECT_TRUE(files.weights.empty());
}

TEST_F(Models, NeedADefinitionForCaffeWeights)
{
  const auto error =
      failure_of([&] { pose::read_model(card_of(scratch.write("net.caffemodel", "x"))); });
  EXPECT_EQ(error.code(), ErrorCode::ModelNotFound);
  expect_text(error, "'config'");
  const auto missing =
      failure_of([&] { pose::read_model(card_of(scratch.path("no.caffemodel"))); });
  expect_text(missing, "does not exist");
}

TEST_F(Models, RefuseEmptyFiles)
{
  for (const char *name : {"a.onnx", "a.prototxt", "a.pb"}) {
    const auto error = failure_of([&] { pose::read_model(card_of(scratch.write(name, ""))); });
    EXPECT_EQ(error.code(), ErrorCode::ModelCorrupt) << name;
    expect_text(error, "is empty");
  }
}

TEST_F(Models, RefuseWhatIsNoFile)
{
  const auto fifo = scratch.path("fifo.onnx");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  auto error = failure_of([&] { pose::read_model(card_of(fifo)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelUnreadable);
  expect_text(error, "is a FIFO");

  const auto folder = scratch.path("folder.onnx");
  ASSERT_EQ(mkdir(folder.c_str(), 0700), 0);
  error = failure_of([&] { pose::read_model(card_of(folder)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelUnreadable);
  expect_text(error, "is a directory");

  const auto zero = scratch.path("zero.onnx");
  ASSERT_EQ(symlink("/dev/zero", zero.c_str()), 0);
  error = failure_of([&] { pose::read_model(card_of(zero)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelUnreadable);
  expect_text(error, "is a device");
}

TEST_F(Models, RefuseFilesWithoutPermission)
{
  if (geteuid() == 0)
    GTEST_SKIP() << "root may read everything";
  const auto path = scratch.write("net.onnx", "x");
  chmod(path.c_str(), 0);
  const auto error = failure_of([&] { pose::read_model(card_of(path)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelForbidden);
}

TEST_F(Models, RefuseHugeFilesBeforeReadingThem)
{
  const auto path = scratch.write("net.onnx", "x");
  ASSERT_EQ(truncate(path.c_str(), off_t(100) << 30), 0); // sparse
  const auto error = failure_of([&] { pose::read_model(card_of(path)); });
  EXPECT_EQ(error.code(), ErrorCode::ModelTooLarge);
  expect_text(error, "107374182400 bytes");

  const auto text = scratch.write("net.prototxt", "x");
  ASSERT_EQ(truncate(text.c_str(), off_t(2) << 20), 0);
  EXPECT_EQ(failure_of([&] { pose::read_model(card_of(text)); }).code(), ErrorCode::ModelTooLarge);
}

TEST_F(Models, RefuseFilesThatDifferFromTheirChecksum)
{
  scratch.write("toy.onnx", toy);
  scratch.write(
      "toy.json", R"({"model": "toy.onnx", "sha256": ")" + pose::sha256_of(toy) + R"("})");
  EXPECT_NO_THROW(pose::read_model(card_of("toy")));
  std::string flipped = toy;
  for (std::size_t i = 0; i < flipped.size(); i += 97) {
    flipped[i] = char(flipped[i] ^ 1);
    scratch.write("toy.onnx", flipped);
    const auto error = failure_of([&] { pose::read_model(card_of("toy")); });
    EXPECT_EQ(error.code(), ErrorCode::ModelCorrupt);
    expect_text(error, "checksum mismatch");
    flipped[i] = char(flipped[i] ^ 1);
  }
}

TEST_F(Models, RefuseAnUnknownFormatOfACard)
{
  scratch.write("net.json", R"({"model": "net.weights"})");
  const auto error = failure_of([&] { pose::read_model(card_of("net")); });
  EXPECT_EQ(error.code(), ErrorCode::ModelUnreadable);
  expect_text(error, ".onnx");
}

TEST(ModelPath, IsTheVariableThenTheUsersThenTheInstalled)
{
  setenv("POSE_MODEL_PATH", "/one::/two:", 1);
  setenv("XDG_DATA_HOME", "/data", 1);
  EXPECT_EQ(pose::model_path("/machine:/installed"),
      (std::vector<std::string>{
          "/one", "/two", "/data/gst-pose/models", "/machine", "/installed"}));
  unsetenv("POSE_MODEL_PATH");
  unsetenv("XDG_DATA_HOME");
  setenv("HOME", "/home/me", 1);
  EXPECT_EQ(
      pose::model_path(""), std::vector<std::string>{"/home/me/.local/share/gst-pose/models"});
}

TEST(Sha256, IsTheStandardsOwn)
{
  EXPECT_EQ(
      pose::sha256_of("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

} // namespace card_test
