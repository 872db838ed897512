// SPDX-License-Identifier: LGPL-2.1-or-later
// A malloc() for a test program that fails once, for our libraries or OpenCV's alone: GLib ends the
// process where it gets no memory, and means to.
#pragma once

namespace failing
{

/// Begins to count allocations whose caller is libgstpose*.so or libopencv_*.so, by whatever
/// thread, also through the C++ library. Libraries that are loaded later are not looked at. \param
/// index  of the one that fails, from 0; -1: none
void start(long index);

/// Ends it.
void stop();

/// Whether the allocation failed.
bool happened();

/// Writes to a file descriptor who asked for the memory. Safe in a signal handler.
void tell(int fd);

} // namespace failing
