// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs the GoogleTest tests of one source file, which the only argument names, or all without one;
// any options are GoogleTest's, and a --gtest_filter of theirs wins.
#include <cstdio>
#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace
{

/// A filter for the tests of one source file.
/// \param file  the end of its path, from a folder's or the file's name on
/// \returns the filter, empty where the file has no tests
/// \throws std::runtime_error  where a test of another file has the same name
std::string filter_for(const std::string &file)
{
  const testing::UnitTest &all = *testing::UnitTest::GetInstance();
  const std::string end = '/' + file;
  std::map<std::string, std::string> files;
  std::string filter;
  for (int i = 0; i < all.total_test_suite_count(); i++) {
    const testing::TestSuite &suite = *all.GetTestSuite(i);
    for (int j = 0; j < suite.total_test_count(); j++) {
      const testing::TestInfo &test = *suite.GetTestInfo(j);
      const std::string name = std::string(suite.name()) + '.' + test.name();
      const std::string path = '/' + std::string(test.file());
      const auto known = files.emplace(name, path).first;
      if (known->second != path)
        throw std::runtime_error(name + " is in " + known->second + " and in " + path);
      if (path.size() >= end.size() && path.compare(path.size() - end.size(), end.size(), end) == 0)
        filter += name + ':';
    }
  }
  return filter;
}

} // namespace

int main(int argc, char **argv)
{
  testing::InitGoogleMock(&argc, argv);
  if (argc > 2) {
    std::fprintf(stderr, "one source file at most can be named, and %d were\n", argc - 1);
    return 2;
  }
  if (argc == 2 && GTEST_FLAG_GET(filter) == "*") {
    const std::string filter = filter_for(argv[1]);
    if (filter.empty()) {
      std::fprintf(stderr, "there are no tests in '%s'\n", argv[1]);
      return 2;
    }
    GTEST_FLAG_SET(filter, filter);
  }
  return RUN_ALL_TESTS();
}
