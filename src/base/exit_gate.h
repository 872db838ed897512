// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace pose
{

/// A gate around all use of OpenCV, closed by exit().
///
/// exit() runs the destructors of static objects, including those of OpenCV and its thread pool,
/// while all other threads continue: an application may exit while its pipeline is playing.
/// Therefore exit() waits, before any of those destructors, until all passes have ended: no longer
/// than the OpenCV calls in progress take. From then on the gate admits no thread.
///
/// Hold a pass during OpenCV calls only: never while waiting for another thread or calling out (a
/// bus message may wait for a lock that the thread in exit() holds).
namespace exit_gate
{

/// Scoped entry through the gate. May be nested.
class Pass
{
 public:
  /// \throws Error Exiting, once exit() has been called
  Pass();
  ~Pass();
  Pass(const Pass &) = delete;
  Pass &operator=(const Pass &) = delete;
};

/// Makes exit() close the gate before it destroys any static object constructed so far. exit()
/// destroys the latest first, and OpenCV constructs some lazily. Called automatically when the
/// library is loaded, and at the end of passes 1, 2, 4, 8 and so on.
void come_first() noexcept;

/// Whether exit() has been called. From then on OpenCV objects must not even be destroyed.
bool is_closed() noexcept;

} // namespace exit_gate

} // namespace pose
