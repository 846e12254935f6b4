// Chats: feedback is what others say.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_chat {

inline constexpr activity_module chat{
    .component = "mod_chat", .module = "chat", .name = "Chat",
    .feedback = " Feedback is what others say in the chat; it counts for students who say something themselves.",
    .potential = levels_of("chat"),
    .viewed = {"course_module_viewed", "message_sent", "sessions_viewed"},
    .replied = {"message_sent"},
    .post = "message_sent"};

}  // namespace auspex::mod_chat
