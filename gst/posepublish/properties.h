// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <gst/gst.h>

#include "gst/common/property_table.h"
#include "publish/publisher.h"
#include "publish/settings.h"

namespace publishing
{

/// The properties of posepublish, but `stats`. Made once.
properties::Table<pose::publish::Settings> &table();

/// Value of the property `stats`. Transfer full.
GstStructure *to_structure(const pose::publish::Counts &counts);

} // namespace publishing
