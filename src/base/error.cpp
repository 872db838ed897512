// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"

#include <new>

namespace pose
{

namespace
{

/* Allocated in advance and never destroyed: threads may need it while the process exits. */
const Error &kOutOfMemory = *new Error(ErrorCode::OutOfMemory, "Memory ran out.");

ErrorTranslator translate = nullptr; // constant after static initialisation

} // namespace

const Error &out_of_memory() noexcept
{
  return kOutOfMemory;
}

void set_error_translator(ErrorTranslator translator)
{
  translate = translator;
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
    } catch (const std::exception &exception) {
      if (translate)
        if (const std::optional<Error> translated = translate(exception, code, message))
          return *translated;
      return {code, message, exception.what()};
    } catch (...) {
      return {code, message, "an exception of unknown type"};
    }
  } catch (...) {
    return kOutOfMemory; // copying the texts above failed
  }
}

} // namespace pose
