// SPDX-License-Identifier: LGPL-2.1-or-later
// One program has the tests of all elements: each file of them says so by a Tests.
#pragma once

#include <string>

#include "check.h"

/// The tests of one file, for as long as the program runs.
class Tests
{
 public:
  /// \param name   the program's argument that runs them; a literal
  /// \param suite  makes them
  Tests(const char *name, Suite *(*suite)());

  Tests(const Tests &) = delete;
  Tests &operator=(const Tests &) = delete;

  /// Runs the tests of one name.
  /// \returns how many failed, or -1 where none have this name
  static int run(const std::string &name);

 private:
  const char *name_;
  Suite *(*suite_)();
  const Tests *next_;
};
