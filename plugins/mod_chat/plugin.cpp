#include "chat.hpp"

namespace mod_chat = auspex::mod_chat;

AUSPEX_PLUGIN_BY("mod_chat", "1.0.0", "Chat", "Auspex", "Apache-2.0", "", auspex::cognitive_depth<mod_chat::chat>,
                 auspex::social_breadth<mod_chat::chat>)
