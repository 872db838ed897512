// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace pose
{

/// A gate that all use of OpenCV goes through, and that exit() closes.
///
/// exit() runs the destructors of static objects, OpenCV's and its thread pool's among them, while
/// all other threads go on: an application may well end while its pipeline plays. Therefore exit()
/// waits, before any of those destructors, until nobody is inside; that is for no longer than the
/// passes take that are under way. From then on nobody gets in.
///
/// Held over nothing but OpenCV's own work: never while waiting for another thread, nor while
/// calling out (a message on the bus may wait for a lock that the thread in exit() holds).
namespace exit_gate
{

/// Inside for one scope. May be nested.
class Pass
{
 public:
  /// \throws Error Exiting, once exit() has been called
  Pass();
  ~Pass();
  Pass(const Pass &) = delete;
  Pass &operator=(const Pass &) = delete;
};

/// Makes exit() close the gate before it destroys any static object that there is by now. It
/// destroys the latest first, and OpenCV makes some only when they are first needed. Passes do this
/// by themselves at their end: the first, the second, the fourth and so on. So does the library
/// when it is loaded.
void come_first() noexcept;

/// Whether exit() has been called. What belongs to OpenCV must not even be destroyed any more.
bool is_closed() noexcept;

} // namespace exit_gate

} // namespace pose
