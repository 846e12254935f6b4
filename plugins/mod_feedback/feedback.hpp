// Feedback questionnaires: feedback to the student is the published results.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_feedback {

constexpr bool sees_results(const activity_settings& of, const deeds& d, time since) {
  return since != ever && of.shown != results::none && d.wrote;
}

inline constexpr activity_module feedback{
    .component = "mod_feedback", .module = "feedback", .name = "Feedback",
    .feedback = " Feedback is the results, where they are published: who answers sees them.",
    .potential = levels_of("feedback"),
    .sees_feedback = sees_results,
    .fault = moodle_fault::feedback_unreachable};

}  // namespace auspex::mod_feedback
