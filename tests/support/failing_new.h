// SPDX-License-Identifier: LGPL-2.1-or-later
// Replaces `operator new`, and what OpenCV takes memory from: an allocation of this thread fails
// when a test says so. Include it in one file of a program.
#pragma once

#include <cerrno>
#include <cstdlib>
#include <new>

namespace failing
{

/// How many allocations under a Here succeed until one fails; -1: all succeed.
inline thread_local long left = -1;
/// Allocations that failed.
inline thread_local long failed = 0;
inline thread_local bool here = false;
/// Whether only OpenCV's matrices fail, and no `operator new`.
inline thread_local bool matrices_only = false;

/// The part of a test whose allocations are counted, in this thread.
struct Here {
  Here() { here = true; }
  ~Here() { here = false; }
  Here(const Here &) = delete;
  Here &operator=(const Here &) = delete;
};

inline bool fails()
{
  if (!here || left < 0 || left-- > 0)
    return false;
  failed++;
  return true;
}

} // namespace failing

/* Sanitizers have an allocator of their own, whose malloc() must not be replaced. */
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define FAILING_MATRICES

extern "C" void *__libc_malloc(std::size_t size);
extern "C" void *__libc_memalign(std::size_t alignment, std::size_t size);

namespace failing
{
inline void *take(std::size_t size)
{
  return __libc_malloc(size);
}
} // namespace failing

/* cv::fastMalloc() takes one or the other. */
extern "C" void *malloc(std::size_t size) noexcept
{
  if (!failing::fails())
    return __libc_malloc(size);
  errno = ENOMEM;
  return nullptr;
}

extern "C" int posix_memalign(void **memory, std::size_t alignment, std::size_t size) noexcept
{
  void *result = failing::fails() ? nullptr : __libc_memalign(alignment, size);
  if (!result)
    return ENOMEM;
  *memory = result;
  return 0;
}
#else
namespace failing
{
inline void *take(std::size_t size)
{
  return std::malloc(size);
}
} // namespace failing
#endif

/* The compiler inlines these, and then takes malloc and free for a mismatch. */
#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"
#endif

void *operator new(std::size_t size)
{
  const bool fails = !failing::matrices_only && failing::fails();
  void *memory = fails ? nullptr : failing::take(size);
  if (!memory)
    throw std::bad_alloc();
  return memory;
}

void operator delete(void *memory) noexcept
{
  std::free(memory);
}
void operator delete(void *memory, std::size_t) noexcept
{
  std::free(memory);
}
