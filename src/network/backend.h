// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/types.h"

namespace pose
{

/// Backends: OpenCV's, with its values, and those of other engines.
enum class Backend {
  Default = 0,
  InferenceEngine = 2,
  OpenCV = 3,
  Vulkan = 4,
  Cuda = 5,
  WebNN = 6,
  TimVx = 7,
  Cann = 8,
  OnnxRuntime = 100
};
/// OpenCV's targets, with its values.
enum class Target {
  Cpu = 0,
  OpenCL = 1,
  OpenCLFp16 = 2,
  Myriad = 3,
  Vulkan = 4,
  Fpga = 5,
  Cuda = 6,
  CudaFp16 = 7,
  Hddl = 8,
  Npu = 9,
  CpuFp16 = 10
};

/// A backend or target by name.
struct EnumName {
  int value;
  const char *description;
  const char *name;
};

/// All that OpenCV defines, whether or not this build supports them.
View<EnumName> opencv_backends();
View<EnumName> onnxruntime_backends();
View<EnumName> targets();

} // namespace pose
