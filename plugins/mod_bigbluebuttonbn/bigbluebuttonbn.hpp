// Live meetings. Moodle gives them four levels and says nothing of what feedback is there, so that its indicator fails.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_bigbluebuttonbn {

inline constexpr activity_module bigbluebuttonbn{
    .component = "mod_bigbluebuttonbn", .module = "bigbluebuttonbn", .name = "BigBlueButton",
    .feedback = " Feedback is given in live meetings: who joins one sees and answers it, who watches its recording sees "
                "it.",
    .potential = levels_of("bigbluebuttonbn"),
    .viewed = {"meeting_joined", "recording_viewed"},
    .replied = {"meeting_joined"},
    .fault = moodle_fault::fails};

}  // namespace auspex::mod_bigbluebuttonbn
