// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef> // for __GLIBC__

/// For functions with hot loops: also compiles an AVX2 version, selected at load time if the CPU
/// supports it, with bit-identical results. Not where the loader cannot resolve versions, or
/// resolves them too early for the sanitizers.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&       \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define POSE_TARGET_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define POSE_TARGET_CLONES
#endif
