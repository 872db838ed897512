// SPDX-License-Identifier: LGPL-2.1-or-later
#include "failing_allocations.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include <execinfo.h>
#include <link.h>

/* glibc's own, under the names that are left when the others are replaced. */
extern "C" {
void *__libc_malloc(std::size_t size);
void *__libc_calloc(std::size_t count, std::size_t size);
void *__libc_realloc(void *memory, std::size_t size);
void *__libc_memalign(std::size_t alignment, std::size_t size);
}

namespace
{

constexpr std::size_t kMost = 64;
constexpr int kDeep = 24; // frames of a call stack that are looked at

struct Range {
  std::uintptr_t begin;
  std::uintptr_t end;
};

/* Where code is mapped. */
struct Ranges {
  std::array<Range, kMost> all;
  std::size_t count = 0;

  bool has(const void *address) const
  {
    const auto at = reinterpret_cast<std::uintptr_t>(address);
    for (std::size_t i = 0; i < count; i++)
      if (at >= all[i].begin && at < all[i].end)
        return true;
    return false;
  }
};

Ranges watched; // libraries whose allocations fail
Ranges between; // those through which they allocate: the C++ library, and this program

std::atomic<bool> counts{false};
std::atomic<long> left{-1};
std::atomic<int> depth{0}; // of `stack`, which is who was refused
std::array<void *, kDeep> stack;
thread_local bool looking = false; // backtrace() may allocate, too

int note_library(dl_phdr_info *info, std::size_t, void *)
{
  const bool program = info->dlpi_name[0] == '\0';
  const bool watch = std::strstr(info->dlpi_name, "/libgstpose") != nullptr ||
                     std::strstr(info->dlpi_name, "/libopencv_") != nullptr;
  if (!watch && !program && std::strstr(info->dlpi_name, "/libstdc++") == nullptr)
    return 0;
  Ranges &ranges = watch ? watched : between;
  for (int i = 0; i < info->dlpi_phnum && ranges.count < kMost; i++) {
    const ElfW(Phdr) &segment = info->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_X) == 0)
      continue;
    const std::uintptr_t begin = info->dlpi_addr + segment.p_vaddr;
    ranges.all[ranges.count++] = {begin, begin + segment.p_memsz};
  }
  return 0;
}

/* The first caller that allocates for itself. */
bool is_watched(const void *caller)
{
  if (!between.has(caller))
    return watched.has(caller);
  std::array<void *, kDeep> frames;
  const int count = backtrace(frames.data(), kDeep);
  for (int i = 0; i < count; i++)
    if (!between.has(frames[std::size_t(i)]))
      return watched.has(frames[std::size_t(i)]);
  return false;
}

bool fails(const void *caller)
{
  if (!counts || looking)
    return false;
  looking = true;
  const bool fail = is_watched(caller) && left-- == 0;
  if (fail)
    depth = backtrace(stack.data(), kDeep);
  looking = false;
  if (fail)
    errno = ENOMEM;
  return fail;
}

} // namespace

namespace failing
{

void start(long index)
{
  watched.count = between.count = 0;
  dl_iterate_phdr(note_library, nullptr);
  std::array<void *, 2> unused;
  backtrace(unused.data(), 2); // loads what it needs
  left = index;
  counts = true;
}

void stop()
{
  counts = false;
}

bool happened()
{
  return depth > 0;
}

void tell(int fd)
{
  backtrace_symbols_fd(stack.data(), depth, fd);
}

} // namespace failing

extern "C" {

void *malloc(std::size_t size) noexcept
{
  return fails(__builtin_return_address(0)) ? nullptr : __libc_malloc(size);
}

void *calloc(std::size_t count, std::size_t size) noexcept
{
  return fails(__builtin_return_address(0)) ? nullptr : __libc_calloc(count, size);
}

void *realloc(void *memory, std::size_t size) noexcept
{
  return fails(__builtin_return_address(0)) ? nullptr : __libc_realloc(memory, size);
}

void *aligned_alloc(std::size_t alignment, std::size_t size) noexcept
{
  return fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}

void *memalign(std::size_t alignment, std::size_t size) noexcept
{
  return fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, std::size_t alignment, std::size_t size) noexcept
{
  void *taken = fails(__builtin_return_address(0)) ? nullptr : __libc_memalign(alignment, size);
  if (taken == nullptr)
    return ENOMEM;
  *memory = taken;
  return 0;
}
}
