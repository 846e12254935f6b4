#include "glossary.hpp"

namespace mod_glossary = auspex::mod_glossary;

AUSPEX_PLUGIN_BY("mod_glossary", "1.0.0", "Glossary", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_glossary::glossary>,
                 auspex::social_breadth<mod_glossary::glossary>)
