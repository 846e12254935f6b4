#include "book.hpp"

namespace mod_book = auspex::mod_book;

AUSPEX_PLUGIN_BY("mod_book", "1.0.0", "Book", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_book::book>,
                 auspex::social_breadth<mod_book::book>)
