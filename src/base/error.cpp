// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"

#include <new>

#include <opencv2/core.hpp>

namespace pose
{

namespace
{

/* Made while there is memory, and never destroyed: threads may need it while the process exits. */
const Error &kOutOfMemory = *new Error(ErrorCode::OutOfMemory, "Memory ran out.");

/* Some importers wrap the exception of a layer in one of their own, which keeps only its text. */
bool is_out_of_memory(const cv::Exception &exception)
{
  return exception.code == cv::Error::StsNoMem ||
         exception.msg.find("Insufficient memory") != std::string::npos;
}

} // namespace

Error error_of(const cv::Exception &exception, ErrorCode code, const std::string &message)
{
  const std::string text =
      exception.func + ": " + exception.err + " (" + std::string(exception.what()) + ")";
  if (is_out_of_memory(exception))
    return {ErrorCode::OutOfMemory, kOutOfMemory.what(), text};
  return {code, message, text};
}

Error current_error(ErrorCode code, const char *message) noexcept
{
  try {
    try {
      throw;
    } catch (const Error &error) {
      return error;
    } catch (const std::bad_alloc &) {
      return kOutOfMemory;
    } catch (const cv::Exception &exception) {
      return error_of(exception, code, message);
    } catch (const std::exception &exception) {
      return {code, message, exception.what()};
    } catch (...) {
      return {code, message, "an exception of unknown type"};
    }
  } catch (...) {
    return kOutOfMemory; // for the texts above
  }
}

} // namespace pose
