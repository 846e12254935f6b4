// SPDX-License-Identifier: @LICENCE@
#include "@NAME@.hpp"

// Id (of the components' prefix), version, name for people, author, licence, address, and the components.
AUSPEX_PLUGIN_BY("@PLUGIN@", PLUGIN_VERSION, "@PLUGIN@", "", "@LICENCE@", "", @PLUGIN@::@CLASS@)
