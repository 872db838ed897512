// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace posecam
{

/// Video input of one camera.
struct Input {
  std::string name; ///< letters, digits, '-' and '_': prefix of its file names
  std::string uri;  ///< "test" or "test:PATTERN": a test pattern
  bool live = true; ///< frames arrive in real time, and the stream's end is a loss

  bool is_test() const { return uri == "test" || uri.rfind("test:", 0) == 0; }
};

/// The command line. Times are in seconds.
struct Options {
  std::vector<Input> inputs;

  std::string output; ///< folder for recordings; empty: nothing is written
  std::string container = "mkv";
  std::string encoder; ///< a pipeline fragment; empty: H.264 if there is an encoder for it
  double segment = 600.0;
  bool annotated = true;
  bool clean = false;
  bool lines = true;

  std::string model;
  int height = 0;
  bool overlay = true;
  std::string direction = "auto";                        ///< how frames are turned to be upright
  std::vector<std::pair<std::string, std::string>> pose; ///< further properties of poseestimate

  double silence = 2.0;
  double connect = 5.0;
  int latency_ms = 200;

  bool view = false;
  std::string view_sink = "autovideosink";
  std::string serve_address = "127.0.0.1";
  int serve_port = -1; ///< 0: any free one; -1: annotated video is not served

  std::string http_address = "127.0.0.1";
  int http_port = -1;          ///< 0: any free one; -1: there is no HTTP server
  std::string http_token_file; ///< empty: no token is needed
  std::string publish;         ///< URL without the camera; empty: nothing is published
  std::vector<std::pair<std::string, std::string>> publish_options; ///< properties of posepublish

  double duration = 0.0; ///< 0: until a signal
  double status = 10.0;  ///< 0: no status lines
  bool json = false;
};

/// Reads one argument: `[NAME=]URI`, a file, a device or "test".
/// \param number  of the camera, from 1; names it "cam" + number by default
/// \throws std::invalid_argument when it is none of these
Input read_input(const std::string &argument, std::size_t number);

/// Reads "key=value key='other value'".
/// \throws std::invalid_argument when it is malformed
std::vector<std::pair<std::string, std::string>> read_properties(const std::string &text);

/// Reads the command line; ends the program after --help.
/// \throws std::invalid_argument with a description of the error
Options read_options(int argc, char **argv);

} // namespace posecam
