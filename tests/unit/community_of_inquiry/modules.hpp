// Every module's two indicators by name, and a course to try them in.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include <auspex/testing.hpp>

#include "plugins/mod_assign/assign.hpp"
#include "plugins/mod_bigbluebuttonbn/bigbluebuttonbn.hpp"
#include "plugins/mod_book/book.hpp"
#include "plugins/mod_chat/chat.hpp"
#include "plugins/mod_choice/choice.hpp"
#include "plugins/mod_data/data.hpp"
#include "plugins/mod_feedback/feedback.hpp"
#include "plugins/mod_folder/folder.hpp"
#include "plugins/mod_forum/forum.hpp"
#include "plugins/mod_glossary/glossary.hpp"
#include "plugins/mod_imscp/imscp.hpp"
#include "plugins/mod_label/label.hpp"
#include "plugins/mod_lesson/lesson.hpp"
#include "plugins/mod_lti/lti.hpp"
#include "plugins/mod_page/page.hpp"
#include "plugins/mod_quiz/quiz.hpp"
#include "plugins/mod_resource/resource.hpp"
#include "plugins/mod_scorm/scorm.hpp"
#include "plugins/mod_survey/survey.hpp"
#include "plugins/mod_url/url.hpp"
#include "plugins/mod_wiki/wiki.hpp"
#include "plugins/mod_workshop/workshop.hpp"

namespace testing = auspex::testing;

namespace coi {

inline const testing::value missing;

using Calculate = std::function<std::vector<double>(const std::string&, const testing::campus&, const testing::situation&)>;

template <const auspex::activity_module& Module>
void add_module(std::map<std::string, Calculate>& all) {
  const auto add = [&]<class C>(const char* name, C*) {
    all[std::string(Module.module) + name] = [](const std::string& compatibility, const testing::campus& campus,
                                                const testing::situation& situation) {
      return testing::component<C>({}, compatibility).calculate(campus, situation);
    };
  };
  add("/cognitive_depth", static_cast<auspex::cognitive_depth<Module>*>(nullptr));
  add("/social_breadth", static_cast<auspex::social_breadth<Module>*>(nullptr));
}

template <const auspex::activity_module&... Modules>
std::map<std::string, Calculate> all_of() {
  std::map<std::string, Calculate> all;
  (add_module<Modules>(all), ...);
  return all;
}

/// By "assign/cognitive_depth", ...
inline const std::map<std::string, Calculate>& indicators() {
  using namespace auspex;
  static const auto all =
      all_of<mod_assign::assign, mod_bigbluebuttonbn::bigbluebuttonbn, mod_book::book, mod_chat::chat, mod_choice::choice,
             mod_data::data, mod_feedback::feedback, mod_folder::folder, mod_forum::forum, mod_glossary::glossary,
             mod_imscp::imscp, mod_label::label, mod_lesson::lesson, mod_lti::lti, mod_page::page, mod_quiz::quiz,
             mod_resource::resource, mod_scorm::scorm, mod_survey::survey, mod_url::url, mod_wiki::wiki,
             mod_workshop::workshop>();
  return all;
}

/// The course 1, from 1 to 100 in one section, so that its activities are due at 100; analysed as a whole.
struct Course {
  testing::campus campus;
  testing::situation situation{.range_start = 1, .range_end = 100};

  Course() {
    campus.add("courses", {{"course_id", 1}, {"start", 1}, {"end", 100}, {"format", "topics"}, {"section_count", 1}});
  }

  Course& set(const std::string& column, testing::value value) {
    campus.tables["courses"].front()[column] = std::move(value);
    return *this;
  }
  /// An activity of section 1 with a grade item; `more` replaces or adds columns.
  Course& activity(std::int64_t id, const std::string& module, const testing::row& more = {}) {
    testing::row row{{"activity_id", id}, {"course_id", 1}, {"module", module.c_str()}, {"section", 1}, {"grade_items", 1}};
    for (const auto& [column, value] : more) row[column] = value;
    modules[id] = module;
    campus.add("activities", std::move(row));
    return *this;
  }
  Course& event(std::int64_t activity, std::int64_t user, std::int64_t time, const std::string& name,
                const std::string& crud = "r") {
    campus.add("events", {{"course_id", 1}, {"activity_id", activity}, {"user_id", user}, {"time", time}, {"name", name.c_str()},
                          {"crud", crud.c_str()}, {"module", modules.at(activity).c_str()}});
    return *this;
  }
  Course& grade(std::int64_t activity, std::int64_t user, std::int64_t time, const std::string& item = "1",
                const std::string& kind = "activity") {
    campus.add("grades", {{"course_id", 1}, {"activity_id", activity}, {"user_id", user}, {"graded_at", time},
                          {"item", item.c_str()}, {"kind", kind.c_str()}});
    return *this;
  }
  /// A student and a sample.
  Course& student(std::int64_t user) {
    campus.add("roles", {{"course_id", 1}, {"user_id", user}, {"archetype", "student"}});
    situation.samples.push_back({user, 1, user});
    return *this;
  }

  [[nodiscard]] std::vector<double> values(const std::string& indicator, const std::string& compatibility = {}) const {
    return indicators().at(indicator)(compatibility, campus, situation);
  }
  /// Of the first sample.
  [[nodiscard]] double value(const std::string& indicator, const std::string& compatibility = {}) const {
    return values(indicator, compatibility).at(0);
  }
  /// The value in cognitive levels where one activity is due: 0 to its potential.
  [[nodiscard]] double level(const std::string& module, int potential, const std::string& compatibility = {}) const {
    return (value(module + "/cognitive_depth", compatibility) + 1) / 2 * potential;
  }

  std::map<std::int64_t, std::string> modules;
};

inline const std::string moodle = "4.4";

}  // namespace coi
