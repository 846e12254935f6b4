// Choices: feedback is the results of the vote.
#pragma once

#include <auspex/community_of_inquiry.hpp>

namespace auspex::mod_choice {

/// Results after the answer: by answering; after closing: by looking after that; always: by looking, after closing where it
/// closes.
constexpr bool sees_results(const activity_settings& choice, const deeds& d, time since) {
  if (since == ever || choice.shown == results::none) return false;
  if (choice.shown == results::after_answer) return d.wrote;
  if (choice.shown == results::after_close && !choice.close) return false;
  return d.viewed > choice.close.value_or(no_time);
}

inline constexpr activity_module choice{
    .component = "mod_choice", .module = "choice", .name = "Choice",
    .feedback = " Feedback is the results: seen by answering where they are shown then, else by looking after the choice "
                "has closed.",
    .potential = levels_of("choice"),
    .viewed = {"course_module_viewed", "answer_updated"},
    .sees_feedback = sees_results,
    .fault = moodle_fault::feedback_unreachable};

}  // namespace auspex::mod_choice
