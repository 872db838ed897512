// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <exception>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>

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
  OutOfMemory,     ///< an allocation failed, ours or OpenCV's; the next one may succeed
  Exiting,         ///< the process is in exit(): nothing is analysed any more
  Internal,        ///< none of these: an exception that nobody foresaw
};

/// The engine's only way to fail. `what()` is one sentence for the user: it names the thing, the
/// expectation and the finding. `detail()` is for the log: the text of the library that refused.
///
/// Copies allocate nothing, so that one can be kept and thrown again where memory has run out.
class Error : public std::runtime_error
{
 public:
  Error(ErrorCode code, const std::string &message, std::string detail = {})
      : std::runtime_error(message), code_(code),
        detail_(std::make_shared<const std::string>(std::move(detail)))
  {
  }
  Error(const Error &) noexcept = default;
  Error &operator=(const Error &) noexcept = default;
  ~Error() override = default;

  ErrorCode code() const noexcept { return code_; }
  const std::string &detail() const noexcept { return *detail_; }

 private:
  ErrorCode code_;
  std::shared_ptr<const std::string> detail_; ///< never null
};
static_assert(std::is_nothrow_copy_constructible_v<Error>);

/// That memory ran out; it is made beforehand.
const Error &out_of_memory() noexcept;

/// Makes an Error of an exception of one library: nullopt, when `exception` is not of its type;
/// else as current_error().
using ErrorTranslator = std::optional<Error> (*)(
    const std::exception &exception, ErrorCode code, const std::string &message);

/// Tells current_error() how to read the exceptions of a library. Before there are threads; one
/// library at most.
void set_error_translator(ErrorTranslator translator);

/// The exception that is being handled, as an Error: an Error as it is, OutOfMemory where that was
/// the reason, and anything else, of whatever type, as `code` with `message`. For a `catch (...)`
/// where no exception may pass; never fails, without memory neither.
Error current_error(ErrorCode code, const char *message) noexcept;

} // namespace pose
