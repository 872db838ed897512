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

/// Error codes of the engine. Callers map them to their own error domains.
enum class ErrorCode {
  ModelNotFound,   ///< no model named and none installed, or a named file does not exist
  ModelForbidden,  ///< the file exists, but its permissions deny access
  ModelUnreadable, ///< not a regular file, or opening or reading it failed
  ModelTooLarge,   ///< exceeds a limit on size, layers or network input
  ModelCorrupt,    ///< cannot be parsed, is empty, or differs from its card's checksum
  ModelRejected,   ///< parses, but is unsafe to run or rejected by OpenCV
  ModelMismatch,   ///< runs, but its input or output does not match the settings
  Unavailable,     ///< backend or target missing from this build of OpenCV; library not built in
  BadSetting,      ///< a value that a setting cannot have, or a file that it names is unusable
  Inference,       ///< the forward pass of one frame failed
  BadFrame,        ///< unreadable frame: too small, or planes outside its memory
  OutOfMemory,     ///< an allocation failed, here or in OpenCV; the next one may succeed
  Exiting,         ///< the process is in exit(): no more inference
  Internal,        ///< any other, unexpected exception
};

/// The only exception type of the engine. `what()` is one sentence for the user: subject,
/// expectation and finding. `detail()` is for the log: the message of the library that failed.
///
/// Copies allocate nothing, so that a stored one can be thrown again when out of memory.
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

/// The OutOfMemory error, allocated in advance.
const Error &out_of_memory() noexcept;

/// Translates the exceptions of one library, as current_error(); nullopt if `exception` is not of
/// that library's type.
using ErrorTranslator = std::optional<Error> (*)(
    const std::exception &exception, ErrorCode code, const std::string &message);

/// Sets the translator that current_error() uses. Not thread-safe: call it before any thread is
/// started. One library at most.
void set_error_translator(ErrorTranslator translator);

/// The current exception as an Error: an Error unchanged, an allocation failure as OutOfMemory, and
/// any other type as `code` with `message`. For a `catch (...)` that no exception may leave; never
/// fails, even when out of memory.
Error current_error(ErrorCode code, const char *message) noexcept;

} // namespace pose
