// SPDX-License-Identifier: LGPL-2.1-or-later
// A folder for one test, gone afterwards.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

class Scratch
{
 public:
  Scratch()
  {
    std::string pattern = (std::filesystem::temp_directory_path() / "pose-test-XXXXXX").string();
    if (!mkdtemp(pattern.data()))
      throw std::runtime_error("no scratch folder");
    path_ = pattern;
  }
  ~Scratch()
  {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch &) = delete;
  Scratch &operator=(const Scratch &) = delete;

  std::string path(const std::string &name = {}) const
  {
    return name.empty() ? path_.string() : (path_ / name).string();
  }

  /// Writes a file and returns its path.
  std::string write(const std::string &name, std::string_view bytes) const
  {
    std::filesystem::create_directories((path_ / name).parent_path());
    std::ofstream(path_ / name, std::ios::binary) << bytes;
    return path(name);
  }

 private:
  std::filesystem::path path_;
};
