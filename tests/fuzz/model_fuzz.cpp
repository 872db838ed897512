// SPDX-License-Identifier: LGPL-2.1-or-later
//
// model_fuzz [count] [seed] [--unchecked] [--only TEXT] [--engine NAME]
//
// Spoils one or two fields of small valid networks, lets the pre-check judge them, and gives those
// that it accepts to OpenCV in a child process: load, then one forward pass. Exits with 1 if a
// child died by a signal, that is, if the pre-check let something through that kills. Every case
// has a number of its own; `model_fuzz 1 NUMBER` repeats it. With --unchecked OpenCV gets
// everything, which shows what the pre-check is for. With --engine the networks that this engine of
// the plugin reads go to it, by way of the plugin's own code.

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <limits>
#include <map>
#include <random>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <opencv2/core/version.hpp>
#include <opencv2/dnn.hpp>

#include "base/error.h"
#include "model_seeds.h"
#include "network/engine.h"

namespace
{

using builder::Field;
using builder::Message;
using Random = std::mt19937;

constexpr rlim_t kMaxMemory = rlim_t(4) << 30;
constexpr int kSide = 32; ///< of the picture, pixels
constexpr unsigned kMaxSeconds = 10;

struct Case {
  seeds::Seed seed;
  std::string edits;
};

std::size_t pick(Random &random, std::size_t count)
{
  return std::uniform_int_distribution<std::size_t>(0, count - 1)(random);
}

std::int64_t odd_integer(Random &random)
{
  static const std::vector<std::int64_t> values = {0, -1, 1, 2, 3, 5, 7, 16, 100, 1000, 5000, -2,
      -5, 65536, 1 << 20, 1 << 28, 1 << 30, 0x7fffffff, -0x7fffffffll - 1, 0x80000000ll,
      0x100000000ll, 0x100000001ll, 1ll << 40, std::numeric_limits<std::int64_t>::max(),
      std::numeric_limits<std::int64_t>::min()};
  return values[pick(random, values.size())];
}

void collect(Message &message, std::vector<std::pair<Message *, std::size_t>> &found)
{
  for (std::size_t i = 0; i < message.fields.size(); ++i) {
    found.emplace_back(&message, i);
    if (message.fields[i].kind == Field::Kind::Message)
      collect(message.fields[i].child[0], found);
  }
}

std::string edit_bytes(Random &random, std::string &bytes, const Message &all)
{
  switch (pick(random, 6)) {
  case 0:
    bytes.clear();
    return "emptied";
  case 1:
    bytes.resize(pick(random, bytes.size() + 1));
    return "cut to " + std::to_string(bytes.size());
  case 2:
    bytes.append(pick(random, 9), '\1');
    return "lengthened";
  case 3: {
    const std::size_t size = pick(random, 2) ? 4 : 8;
    const std::int64_t value = odd_integer(random);
    if (bytes.size() >= size)
      std::memcpy(&bytes[size * pick(random, bytes.size() / size)], &value, size);
    return "number in it set to " + std::to_string(value);
  }
  default: { // another text of the same file: a wrong name, op or type
    Message copy = all;
    std::vector<std::pair<Message *, std::size_t>> found;
    collect(copy, found);
    for (int attempt = 0; attempt < 20; ++attempt) {
      const auto &[owner, index] = found[pick(random, found.size())];
      const Field &other = owner->fields[index];
      if (other.kind != Field::Kind::Bytes || other.bytes.size() > 40)
        continue;
      bytes = other.bytes;
      return "set to '" + bytes + "'";
    }
    return "left";
  }
  }
}

/// Every list of dimensions in `message` and its children, with the bytes of data beside it.
struct Array {
  std::vector<std::uint64_t *> dims;
  std::string *data = nullptr;
};

/// Where a tensor of each format keeps its dimensions and its data.
void collect_arrays(Message &message, pose::ModelFormat format, std::vector<Array> &found)
{
  const std::uint32_t data = format == pose::ModelFormat::Onnx    ? 9
                             : format == pose::ModelFormat::Caffe ? 5
                                                                  : 4;
  Array array;
  for (Field &field : message.fields) {
    if (field.kind == Field::Kind::Bytes && field.number == data)
      array.data = &field.bytes;
    if (field.kind == Field::Kind::Varint && field.number == 1 && format == pose::ModelFormat::Onnx)
      array.dims.push_back(&field.value);
    if (field.kind != Field::Kind::Message)
      continue;
    for (Field &inner : field.child[0].fields) {
      if (format == pose::ModelFormat::Caffe && field.number == 7 && inner.number == 1)
        array.dims.push_back(&inner.value);
      if (format == pose::ModelFormat::TensorFlow && field.number == 2 && inner.number == 2 &&
          inner.kind == Field::Kind::Message && !inner.child[0].fields.empty())
        array.dims.push_back(&inner.child[0].fields[0].value);
    }
    collect_arrays(field.child[0], format, found);
  }
  if (array.data && !array.dims.empty() && !array.data->empty())
    found.push_back(array);
}

/// A tensor of another shape whose data fits: right in itself, wrong where it is used.
std::string reshape(Random &random, Message &model, pose::ModelFormat format)
{
  std::vector<Array> found;
  collect_arrays(model, format, found);
  if (found.empty())
    return "nothing";
  const Array &array = found[pick(random, found.size())];
  std::size_t total = 1;
  for (const std::uint64_t *dim : array.dims)
    total *= std::min<std::size_t>(*dim, 1000);
  if (total * array.dims.size() > 100000 || array.dims.size() > 8)
    return "nothing";
  const std::size_t size = total ? array.data->size() / total : 4;
  std::uint64_t &dim = *array.dims[pick(random, array.dims.size())];
  const std::uint64_t was = dim;
  dim = std::vector<std::uint64_t>{0, 1, 2, 3, 5, 8, 64, 5000}[pick(random, 8)];
  total = 1;
  for (const std::uint64_t *d : array.dims)
    total *= std::min<std::size_t>(*d, 5000);
  if (total > 1000000)
    return "a tensor's dimension set to " + std::to_string(dim);
  const std::string pattern = array.data->substr(0, size);
  array.data->clear();
  for (std::size_t i = 0; i < total; ++i)
    *array.data += pattern;
  return "a tensor's dimension " + std::to_string(was) + " -> " + std::to_string(dim);
}

std::string edit_message(Random &random, Message &model)
{
  std::vector<std::pair<Message *, std::size_t>> found;
  collect(model, found);
  if (found.empty())
    return "nothing";
  const auto [owner, index] = found[pick(random, found.size())];
  Field &field = owner->fields[index];
  std::string text = "field " + std::to_string(field.number);
  if (field.kind == Field::Kind::Bytes)
    text += " '" + field.bytes.substr(0, 20) + "'";
  switch (pick(random, 8)) {
  case 0:
    owner->fields.erase(owner->fields.begin() + static_cast<std::ptrdiff_t>(index));
    return text + " dropped";
  case 1:
    owner->fields.push_back(Field(field));
    return text + " doubled";
  case 2:
    std::swap(owner->fields[index], owner->fields[pick(random, owner->fields.size())]);
    return text + " moved";
  default:
    break;
  }
  switch (field.kind) {
  case Field::Kind::Varint:
    text += " was " + std::to_string(static_cast<std::int64_t>(field.value));
    field.value = static_cast<std::uint64_t>(odd_integer(random));
    return text + ", set to " + std::to_string(static_cast<std::int64_t>(field.value));
  case Field::Kind::Float: {
    static const float values[] = {0.f, -1.f, 1e30f, 1e9f, std::numeric_limits<float>::quiet_NaN(),
        std::numeric_limits<float>::infinity(), 1e-30f, -65536.f};
    field.real = values[pick(random, 8)];
    return text + " set to " + std::to_string(field.real);
  }
  case Field::Kind::Bytes: {
    const Message copy = model;
    return text + " " + edit_bytes(random, field.bytes, copy);
  }
  case Field::Kind::Message:
    return text + ": " + edit_message(random, field.child[0]);
  }
  return text;
}

std::string edit_text(Random &random, std::string &text)
{
  std::vector<std::string> lines(1);
  for (const char c : text)
    if (c == '\n')
      lines.emplace_back();
    else
      lines.back().push_back(c);
  std::string &line = lines[pick(random, lines.size())];
  const std::string was = line;
  const std::size_t colon = line.find(": ");
  switch (pick(random, 6)) {
  case 0:
    line.clear();
    break;
  case 1:
    line += "\n" + line;
    break;
  case 2: {
    const std::string &other = lines[pick(random, lines.size())];
    const std::size_t from = other.find(": ");
    if (colon != std::string::npos && from != std::string::npos)
      line = line.substr(0, colon) + other.substr(from);
    break;
  }
  default:
    if (colon == std::string::npos)
      break;
    line = line.substr(0, colon + 2) +
           (line[colon + 2] == '"' ? "\"Split\"" : std::to_string(odd_integer(random)));
  }
  const std::string result = "line '" + was + "' -> '" + line + "'";
  text.clear();
  for (const std::string &l : lines)
    text += l + "\n";
  return result;
}

Case make_case(const std::vector<seeds::Seed> &all, unsigned number)
{
  Random random(number);
  Case c{all.at(number % all.size()), {}};
  const std::size_t edits = 1 + pick(random, 4) / 3;
  for (std::size_t i = 0; i < edits; ++i) {
    const bool text = !c.seed.config.empty() && pick(random, 3) != 0;
    if (pick(random, 6) == 0) {
      c.edits += (i ? "; " : "") + reshape(random, c.seed.model, c.seed.format);
      continue;
    }
    c.edits += (i ? "; " : "") +
               (text ? edit_text(random, c.seed.config) : edit_message(random, c.seed.model));
  }
  return c;
}

void precheck(const Case &c, const std::string &model)
{
  if (c.seed.format == pose::ModelFormat::Onnx) {
    const pose::DeclaredInput input = pose::precheck_onnx(model, "model.onnx");
    if (input.binding && (input.height != kSide || input.width != kSide))
      throw pose::Error(pose::ErrorCode::ModelMismatch, "not the size that it must run at");
  } else if (c.seed.format == pose::ModelFormat::Caffe)
    pose::precheck_caffe(c.seed.config, "net.prototxt", model, "net.caffemodel");
  else
    pose::precheck_tensorflow(model, "graph.pb", c.seed.config, "graph.pbtxt");
}

/* As src/network.cpp does it. */
cv::dnn::Net load(const Case &c, const std::string &model)
{
  const std::string &config = c.seed.config;
#if CV_VERSION_MAJOR < 5
  if (c.seed.format == pose::ModelFormat::Onnx)
    return cv::dnn::readNetFromONNX(model.data(), model.size());
  if (c.seed.format == pose::ModelFormat::Caffe)
    return cv::dnn::readNetFromCaffe(config.data(), config.size(), model.data(), model.size());
  return cv::dnn::readNetFromTensorflow(model.data(), model.size(), config.data(), config.size());
#else
  const int engine = cv::dnn::ENGINE_CLASSIC;
  if (c.seed.format == pose::ModelFormat::Onnx)
    return cv::dnn::readNetFromONNX(model.data(), model.size(), engine);
  if (c.seed.format == pose::ModelFormat::Caffe)
    throw pose::Error(pose::ErrorCode::ModelRejected, "OpenCV 5 reads no Caffe files");
  return cv::dnn::readNetFromTensorflow(
      model.data(), model.size(), config.data(), config.size(), engine);
#endif
}

void run_by_opencv(const Case &c, const std::string &model)
{
  cv::setNumThreads(1);
  cv::dnn::Net net = load(c, model);
  net.setPreferableBackend(cv::dnn::DNN_BACKEND_OPENCV);
  const int shape[] = {1, 3, kSide, kSide};
  net.setInput(cv::Mat(4, shape, CV_32F, cv::Scalar(0.25)));
  std::vector<cv::Mat> outputs;
  net.forward(outputs, net.getUnconnectedOutLayersNames());
}

void run_by(const pose::Engine &engine, const Case &c, const std::string &model)
{
  pose::ModelFiles files;
  files.format = c.seed.format;
  files.weights = model;
  files.declared = pose::precheck_onnx(model, "model.onnx");
  engine.wake_up();
  const auto backend = pose::Backend(engine.backends[0].value);
  engine.load({}, files, backend, pose::Target::Cpu)->warm_up({kSide, kSide});
}

/// The child: loads, runs once, leaves. 0: it ran, 1: the engine refused.
[[noreturn]] void run(const Case &c, const std::string &model, const pose::Engine *engine)
{
  const rlimit memory{kMaxMemory, kMaxMemory};
  setrlimit(RLIMIT_AS, &memory);
  const rlimit core{0, 0};
  setrlimit(RLIMIT_CORE, &core);
  alarm(kMaxSeconds);
  if (!freopen("/dev/null", "w", stderr))
    _exit(2);
  try {
    if (engine)
      run_by(*engine, c, model);
    else
      run_by_opencv(c, model);
  } catch (...) {
    _exit(1);
  }
  _exit(0);
}

enum class Outcome { Refused, Threw, Ran, Died };
const char *const kNames[] = {"refused", "threw", "ran", "died"};

Outcome judge(const Case &c, bool unchecked, const pose::Engine *engine, std::string &finding)
{
  const std::string model = c.seed.model.encode();
  if (!unchecked) {
    try {
      precheck(c, model);
    } catch (const pose::Error &error) {
      finding = error.what();
      return Outcome::Refused;
    }
  }
  std::cout.flush(); // or the child has what it holds, too
  const pid_t child = fork();
  if (child == 0)
    run(c, model, engine);
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFSIGNALED(status)) {
    finding = "signal " + std::to_string(WTERMSIG(status));
    return Outcome::Died;
  }
  return WEXITSTATUS(status) == 0 ? Outcome::Ran : Outcome::Threw;
}

struct Options {
  unsigned count = 500;
  unsigned first = 0;
  bool unchecked = false;
  std::string only;
  const pose::Engine *engine = nullptr; ///< OpenCV's library itself
};

const pose::Engine *engine_named(const std::string &name)
{
  for (const pose::Engine &engine : pose::engines())
    if (name == engine.name)
      return &engine;
  std::cerr << "this build has no engine '" << name << "'" << std::endl;
  std::exit(2);
}

Options parse(int argc, char **argv)
{
  Options options;
  int position = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string argument = argv[i];
    if (argument == "--unchecked")
      options.unchecked = true;
    else if (argument == "--only" && i + 1 < argc)
      options.only = argv[++i];
    else if (argument == "--engine" && i + 1 < argc)
      options.engine = engine_named(argv[++i]);
    else
      (position++ == 0 ? options.count : options.first) =
          static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10));
  }
  return options;
}

} // namespace

int main(int argc, char **argv)
{
  const Options options = parse(argc, argv);
  std::vector<seeds::Seed> all = seeds::all();
  all.erase(std::remove_if(all.begin(), all.end(),
                [&](const auto &s) {
                  return s.name.find(options.only) == std::string::npos ||
                         (options.engine && !options.engine->reads(s.format));
                }),
      all.end());
  const bool verbose = std::getenv("VERBOSE") != nullptr;
  std::map<Outcome, unsigned> outcomes;
  bool good = !all.empty();
  const auto take = [&](const std::string &label, const Case &c, bool spoilt) {
    std::string finding;
    const Outcome outcome = judge(c, options.unchecked, options.engine, finding);
    const bool bad = outcome == Outcome::Died || (!spoilt && outcome == Outcome::Refused);
    if (bad || verbose)
      std::cout << label << " (" << c.seed.name << ": " << c.edits << "): " << kNames[int(outcome)]
                << " " << finding << std::endl;
    outcomes[outcome] += spoilt;
    good = good && !bad;
  };
  for (const seeds::Seed &seed : all)
    take("unspoilt", {seed, ""}, false);
  for (unsigned number = options.first; number < options.first + options.count && !all.empty();
       ++number)
    take("case " + std::to_string(number), make_case(all, number), true);
  std::cout << options.count << " cases: " << outcomes[Outcome::Refused] << " refused, "
            << outcomes[Outcome::Threw] << " threw, " << outcomes[Outcome::Ran] << " ran, "
            << outcomes[Outcome::Died] << " died" << std::endl;
  return good ? 0 : 1;
}
