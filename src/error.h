// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <stdexcept>
#include <string>

namespace pose
{

/// Why the engine refused. Callers map these to their own error domains.
enum class ErrorCode {
  ModelNotFound,   ///< no model was named and none is installed, or a named file does not exist
  ModelForbidden,  ///< the file exists, and its permissions keep us out
  ModelUnreadable, ///< not a regular file, or opening or reading it failed
  ModelTooLarge,   ///< over the limit of size, layers or network input
  ModelCorrupt,    ///< cannot be parsed, is empty, or differs from its card's checksum
  ModelRejected,   ///< parses, but is unsafe to run or OpenCV refuses to run it
  ModelMismatch,   ///< runs, but its output or input does not fit the settings
  Unavailable,     ///< the backend or target is not in this build of OpenCV
  Inference,       ///< the forward pass of one frame failed
  BadFrame,        ///< one frame cannot be read: too small, or its planes lie outside its memory
};

/// The engine's only way to fail. `what()` is one sentence for the user: it names the thing, the
/// expectation and the finding. `detail()` is for the log: the text of the library that refused.
class Error : public std::runtime_error
{
 public:
  Error(ErrorCode code, const std::string &message, std::string detail = {})
      : std::runtime_error(message), code_(code), detail_(std::move(detail))
  {
  }
  ErrorCode code() const noexcept { return code_; }
  const std::string &detail() const noexcept { return detail_; }

 private:
  ErrorCode code_;
  std::string detail_;
};

} // namespace pose
