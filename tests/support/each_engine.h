// SPDX-License-Identifier: LGPL-2.1-or-later
// The engines of this build, for tests that all of them have to pass.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "network/engine.h"

namespace each_engine
{

/// A backend of each, which no other engine has.
inline std::vector<pose::Backend> backends()
{
  std::vector<pose::Backend> all = {pose::Backend::OpenCV};
  for (const pose::EnumName &each : pose::backends())
    if (each.value == int(pose::Backend::OnnxRuntime))
      all.push_back(pose::Backend::OnnxRuntime);
  return all;
}

inline std::string backend_name(pose::Backend backend)
{
  for (const pose::EnumName &each : pose::backends())
    if (each.value == int(backend))
      return each.name;
  return "";
}

/// The name of its engine.
inline std::string name_of(pose::Backend backend)
{
  for (const pose::Engine &engine : pose::engines())
    for (const pose::EnumName &each : engine.backends)
      if (each.value == int(backend))
        return engine.name;
  return "";
}

/// For INSTANTIATE_TEST_SUITE_P.
inline std::string test_name(const testing::TestParamInfo<pose::Backend> &info)
{
  return backend_name(info.param);
}

} // namespace each_engine
