#include "folder.hpp"

namespace mod_folder = auspex::mod_folder;

AUSPEX_PLUGIN_BY("mod_folder", "1.0.0", "Folder", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_folder::folder>,
                 auspex::social_breadth<mod_folder::folder>)
