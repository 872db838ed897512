// SPDX-License-Identifier: LGPL-2.1-or-later
// Runs the tests of the file that the only argument names.
#include <cstdio>

#include "tests.h"

namespace
{

const Tests *first = nullptr;

} // namespace

Tests::Tests(const char *name, Suite *(*suite)()) : name_(name), suite_(suite), next_(first)
{
  first = this;
}

int Tests::run(const std::string &name)
{
  for (const Tests *tests = first; tests; tests = tests->next_)
    if (tests->name_ == name)
      return gst_check_run_suite(tests->suite_(), tests->name_, (name + ".cpp").c_str());
  return -1;
}

int main(int argc, char **argv)
{
  gst_check_init(&argc, &argv);
  if (argc != 2) {
    std::fprintf(stderr, "the name of one file of tests is needed, and %d were given\n", argc - 1);
    return 2;
  }
  const int failures = Tests::run(argv[1]);
  if (failures < 0)
    std::fprintf(stderr, "there are no tests named '%s'\n", argv[1]);
  return failures == 0 ? 0 : 1;
}
