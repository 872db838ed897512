// SPDX-License-Identifier: LGPL-2.1-or-later
#include "model/file.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nettle/sha2.h>

#include "base/error.h"

namespace pose
{

namespace
{

class Descriptor
{
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor()
  {
    if (fd_ >= 0)
      close(fd_);
  }
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

[[noreturn]] void fail_to_open(const std::string &path, int error)
{
  if (error == ENOENT || error == ENOTDIR)
    throw Error(ErrorCode::ModelNotFound, "The file '" + path + "' does not exist.");
  const std::string text =
      "The file '" + path + "' cannot be opened: " + std::strerror(error) + ".";
  if (error == EACCES || error == EPERM)
    throw Error(ErrorCode::ModelForbidden, text);
  throw Error(ErrorCode::ModelUnreadable, text);
}

const char *kind_of(mode_t mode)
{
  if (S_ISDIR(mode))
    return "a directory";
  if (S_ISFIFO(mode))
    return "a FIFO";
  if (S_ISSOCK(mode))
    return "a socket";
  return "a device";
}

} // namespace

std::string read_file(const std::string &path, std::uint64_t limit)
{
  const Descriptor file(open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY));
  if (file.get() < 0)
    fail_to_open(path, errno);
  struct stat status {
  };
  if (fstat(file.get(), &status) != 0)
    fail_to_open(path, errno);
  if (!S_ISREG(status.st_mode))
    throw Error(ErrorCode::ModelUnreadable,
        "'" + path + "' is " + kind_of(status.st_mode) + ", not a file.");
  if (std::uint64_t(status.st_size) > limit)
    throw Error(ErrorCode::ModelTooLarge,
        "The file '" + path + "' has " + std::to_string(status.st_size) +
            " bytes, more than the limit of " + std::to_string(limit) + ".");
  std::string bytes(std::size_t(status.st_size), '\0');
  std::size_t got = 0;
  while (got < bytes.size()) {
    const ssize_t n = read(file.get(), bytes.data() + got, bytes.size() - got);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      throw Error(ErrorCode::ModelUnreadable,
          "The file '" + path + "' cannot be read: " + std::strerror(errno) + ".");
    if (n == 0)
      break; // truncated while being read: the rest is checked like any other file
    got += std::size_t(n);
  }
  bytes.resize(got);
  return bytes;
}

bool is_file(const std::string &path)
{
  struct stat status {
  };
  return stat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode);
}

std::string sha256_of(std::string_view bytes)
{
  sha256_ctx context{};
  sha256_init(&context);
  sha256_update(&context, bytes.size(), reinterpret_cast<const std::uint8_t *>(bytes.data()));
  std::array<std::uint8_t, SHA256_DIGEST_SIZE> digest{};
  sha256_digest(&context, digest.size(), digest.data());
  std::string text;
  text.reserve(2 * digest.size());
  for (const std::uint8_t byte : digest) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

} // namespace pose
