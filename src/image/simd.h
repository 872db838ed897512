// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef> // for __GLIBC__

/// Before a function whose loops are worth it: compiled for AVX2 as well, and that version taken
/// where the processor has it, with the same results to the bit. Not where loaders cannot choose
/// between versions, or run too early for the sanitizers.
#if defined(__x86_64__) && defined(__GLIBC__) && defined(__GNUC__) && !defined(__clang__) &&       \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define POSE_TARGET_CLONES __attribute__((target_clones("avx2", "default")))
#else
#define POSE_TARGET_CLONES
#endif
