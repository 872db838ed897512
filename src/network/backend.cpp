// SPDX-License-Identifier: LGPL-2.1-or-later
#include "network/backend.h"

namespace pose
{

namespace
{

constexpr EnumName kBackends[] = {
    {int(Backend::Default), "The first that can run the network", "default"},
    {int(Backend::InferenceEngine), "OpenVINO", "openvino"},
    {int(Backend::OpenCV), "OpenCV's own", "opencv"},
    {int(Backend::Vulkan), "Vulkan", "vulkan"},
    {int(Backend::Cuda), "CUDA", "cuda"},
    {int(Backend::WebNN), "WebNN", "webnn"},
    {int(Backend::TimVx), "TIM-VX", "timvx"},
    {int(Backend::Cann), "CANN", "cann"},
};

constexpr EnumName kOnnxRuntime[] = {
    {int(Backend::OnnxRuntime), "ONNX Runtime", "onnxruntime"},
};

constexpr EnumName kTargets[] = {
    {int(Target::Cpu), "CPU", "cpu"},
    {int(Target::OpenCL), "OpenCL device", "opencl"},
    {int(Target::OpenCLFp16), "OpenCL device, half precision", "opencl-fp16"},
    {int(Target::Myriad), "Myriad stick", "myriad"},
    {int(Target::Vulkan), "Vulkan device", "vulkan"},
    {int(Target::Fpga), "FPGA", "fpga"},
    {int(Target::Cuda), "CUDA device", "cuda"},
    {int(Target::CudaFp16), "CUDA device, half precision", "cuda-fp16"},
    {int(Target::Hddl), "HDDL card", "hddl"},
    {int(Target::Npu), "Neural processing unit", "npu"},
    {int(Target::CpuFp16), "CPU, half precision", "cpu-fp16"},
};

} // namespace

View<EnumName> opencv_backends()
{
  return kBackends;
}

View<EnumName> onnxruntime_backends()
{
  return kOnnxRuntime;
}

View<EnumName> targets()
{
  return kTargets;
}

} // namespace pose
