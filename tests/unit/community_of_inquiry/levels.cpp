// The levels that students reach: by default, and with Moodle's defects under compatibility.
#include <catch2/catch.hpp>

#include "plugins/core_course/potential.hpp"
#include "unit/community_of_inquiry/modules.hpp"

namespace {

using namespace coi;

/// A course with one activity of the module, due at its end, and the student 1.
Course with(const std::string& module, const testing::row& more = {}) {
  Course course;
  course.student(1).activity(7, module, more);
  return course;
}

bool same(double a, double b) { return std::abs(a - b) < 1e-12; }

}  // namespace

TEST_CASE("nothing due, nothing opened, something opened", "[coi]") {
  Course course;
  course.student(1).student(2);
  for (const auto& [name, calculate] : indicators()) {
    INFO(name);
    const auto module = name.substr(0, name.find('/'));
    const auto levels = auspex::levels_of(module);
    const bool cognitive = name.find("cognitive") != std::string::npos;
    // Without results, as here, choices and feedbacks have two levels.
    const int potential = cognitive ? levels.cognitive_where(false) : levels.social;
    REQUIRE(potential >= 1);
    CHECK(std::isnan(calculate("", course.campus, course.situation)[0]));
    auto due = course;
    due.activity(7, module).event(7, 2, 50, "course_module_viewed");
    const auto values = calculate("", due.campus, due.situation);
    CHECK(values[0] == -1);
    const bool sees_results = module == "bigbluebuttonbn";
    CHECK(same(values[1], -1 + 2.0 / potential));
    CHECK_FALSE((sees_results && values[1] > 0 && cognitive));
  }
}

TEST_CASE("levels of an assignment", "[coi]") {
  auto course = with("assign");
  CHECK(course.level("assign", 5) == 0);
  course.event(7, 1, 10, "course_module_viewed");
  CHECK(same(course.level("assign", 5), 1));
  course.event(7, 1, 20, "assessable_submitted", "u");
  CHECK(same(course.level("assign", 5), 2));
  course.grade(7, 1, 30);
  CHECK(same(course.level("assign", 5), 2));
  course.event(7, 1, 30, "feedback_viewed");
  CHECK(same(course.level("assign", 5), 2));  // in the second of the grade, not after it
  CHECK(course.value("assign/social_breadth") == 0);
  course.event(7, 1, 31, "feedback_viewed");
  CHECK(same(course.level("assign", 5), 3));
  CHECK(course.value("assign/social_breadth") == 1);
  course.event(7, 1, 40, "assessable_submitted", "u");
  CHECK(same(course.level("assign", 5), 5));
  CHECK(same(course.level("assign", 5, moodle), 5));
}

TEST_CASE("levels of a workshop, whose two grades are both grades", "[coi]") {
  auto course = with("workshop", {{"grade_items", 2}});
  course.event(7, 1, 20, "submission_created", "c").grade(7, 1, 50, "of assessing").grade(7, 1, 30, "of the submission");
  for (const std::string& compatibility : {std::string(), moodle}) {
    auto then = course;
    CHECK(same(then.level("workshop", 5, compatibility), 2));
    then.event(7, 1, 31, "submission_viewed");
    CHECK(same(then.level("workshop", 5, compatibility), 3));
    then.event(7, 1, 32, "submission_assessed", "c");
    CHECK(same(then.level("workshop", 5, compatibility), 4));
    then.event(7, 1, 33, "submission_updated", "u");
    CHECK(same(then.level("workshop", 5, compatibility), 5));
  }
}

TEST_CASE("only what happens within the range counts, but the grade may be from before it", "[coi]") {
  auto course = with("quiz");
  course.grade(7, 1, 10).event(7, 1, 40, "course_module_viewed").event(7, 1, 101, "attempt_submitted", "u");
  course.situation.range_start = 39;
  CHECK(same(course.level("quiz", 5), 3));
  course.situation.range_start = 40;
  CHECK(course.level("quiz", 5) == 0);
  CHECK(course.level("quiz", 5, moodle) == 0);
}

TEST_CASE("activities share the value equally, those of other modules and courses aside", "[coi]") {
  auto course = with("wiki");
  course.activity(3, "wiki").activity(9, "wiki", {{"section", 0}}).activity(4, "data");
  course.event(3, 1, 50, "page_updated", "u").event(9, 1, 50, "page_updated", "u").event(4, 1, 50, "record_created", "c");
  CHECK(course.value("wiki/cognitive_depth") == 0);   // one of two done in full
  CHECK(course.value("data/cognitive_depth") == 1);
  course.event(7, 1, 50, "course_module_viewed");
  CHECK(same(course.value("wiki/cognitive_depth"), 0.5));
}

TEST_CASE("feedback to others does not raise a student, in Moodle it does", "[coi]") {
  auto course = with("assign");
  course.student(2).event(7, 1, 5, "course_module_viewed");
  course.event(7, 2, 10, "assessable_submitted", "u").grade(7, 2, 20).event(7, 2, 30, "feedback_viewed");
  CHECK(course.values("assign/cognitive_depth")[0] == Approx(-1 + 2.0 / 5));
  CHECK(course.values("assign/cognitive_depth")[1] == Approx(-1 + 2.0 / 5 * 3));
  CHECK(course.values("assign/cognitive_depth", moodle)[0] == Approx(-1 + 2.0 / 5 * 3));
  CHECK(course.values("assign/social_breadth") == std::vector<double>{0, 1});
  CHECK(course.values("assign/social_breadth", moodle) == std::vector<double>{1, 1});
  // Who did not open it stays at the bottom.
  course.student(3);
  CHECK(course.values("assign/social_breadth", moodle)[2] == -1);
}

TEST_CASE("Moodle gives dates of grades for students only, and for what has a grade item", "[coi]") {
  auto course = with("quiz");
  course.event(7, 1, 5, "course_module_viewed");
  auto teacher = course;  // holds no role of a student
  teacher.grade(7, 50, 20).event(7, 50, 30, "attempt_submitted", "u");
  CHECK(same(teacher.level("quiz", 5, moodle), 1));
  teacher.campus.add("roles", {{"course_id", 1}, {"user_id", 50}, {"archetype", "student"}});
  CHECK(same(teacher.level("quiz", 5, moodle), 5));
  teacher.campus.tables["activities"][0]["grade_items"] = 0;
  CHECK(same(teacher.level("quiz", 5, moodle), 1));
}

TEST_CASE("grades of outcomes are no feedback", "[coi]") {
  auto course = with("quiz");
  course.grade(7, 1, 10, "1", "outcome").event(7, 1, 40, "course_module_viewed");
  CHECK(same(course.level("quiz", 5), 1));
  CHECK(same(course.level("quiz", 5, moodle), 1));
}

TEST_CASE("feedback exists from the first known grade on, Moodle knows the present one only", "[coi]") {
  auto course = with("scorm");
  course.grade(7, 1, 20).grade(7, 1, 60).event(7, 1, 40, "course_module_viewed");
  CHECK(same(course.level("scorm", 3), 3));
  CHECK(same(course.level("scorm", 3, moodle), 1));
  // What was graded after the range is not known in it; the dates of the past are.
  course.situation.range_end = 50;
  course.set("end", 50);
  CHECK(same(course.level("scorm", 3), 3));
  course.event(7, 1, 45, "course_module_viewed");
  CHECK(same(course.level("scorm", 3, moodle), 1));
}

TEST_CASE("a lesson is submitted again by ending it twice, in Moodle by ending it twice at most", "[coi]") {
  auto course = with("lesson", {{"grade_items", 0}});
  course.event(7, 1, 10, "course_module_viewed");
  CHECK(same(course.level("lesson", 5), 1));
  course.event(7, 1, 20, "lesson_ended", "u");
  CHECK(same(course.level("lesson", 5), 3));
  CHECK(same(course.level("lesson", 5, moodle), 5));
  course.event(7, 1, 30, "lesson_ended", "u");
  CHECK(same(course.level("lesson", 5), 5));
  CHECK(same(course.level("lesson", 5, moodle), 5));
  course.event(7, 1, 40, "lesson_ended", "u");
  CHECK(same(course.level("lesson", 5), 5));
  CHECK(same(course.level("lesson", 5, moodle), 3));
  CHECK(course.value("lesson/social_breadth") == 1);
}

TEST_CASE("a forum: another's post, then a look by somebody who posts too", "[coi]") {
  auto course = with("forum", {{"grade_items", 0}});
  course.event(7, 1, 10, "assessable_uploaded", "c").event(7, 1, 30, "discussion_viewed");
  CHECK(same(course.level("forum", 4), 2));
  auto second = course;
  second.event(7, 2, 20, "assessable_uploaded", "c");
  CHECK(same(second.level("forum", 4), 3));
  CHECK(second.value("forum/social_breadth") == 1);
  // Moodle's social indicator asks an ungraded forum for grades, and takes 2's post after 1's for an answer by 1.
  CHECK(same(second.level("forum", 4, moodle), 4));
  CHECK(second.value("forum/social_breadth", moodle) == 0);
  second.campus.tables["activities"][0]["grade_items"] = 1;
  CHECK(second.value("forum/social_breadth", moodle) == 1);
  second.event(7, 1, 40, "assessable_uploaded", "c");
  CHECK(same(second.level("forum", 4), 4));
  // A look in the very second of the other's post is not after it.
  auto at_once = course;
  at_once.event(7, 2, 30, "assessable_uploaded", "c");
  CHECK(same(at_once.level("forum", 4), 2));
  // Looking alone is not taking part.
  auto silent = with("forum");
  silent.event(7, 2, 20, "assessable_uploaded", "c").event(7, 1, 30, "discussion_viewed");
  CHECK(same(silent.level("forum", 4), 1));
  CHECK(same(silent.level("forum", 4, moodle), 1));
}

TEST_CASE("a chat: what others say, to somebody who says something", "[coi]") {
  auto course = with("chat", {{"grade_items", 0}});
  course.event(7, 1, 10, "message_sent", "c").event(7, 2, 20, "message_sent", "c");
  CHECK(same(course.level("chat", 4), 2));
  CHECK(same(course.level("chat", 4, moodle), 4));  // 2 answers 1
  course.event(7, 1, 30, "sessions_viewed");
  CHECK(same(course.level("chat", 4), 3));
  CHECK(course.value("chat/social_breadth") == 1);
  course.event(7, 1, 40, "message_sent", "c");
  CHECK(same(course.level("chat", 4), 4));
}

TEST_CASE("a choice's results are feedback, in Moodle they cannot be", "[coi]") {
  const auto level = [](const char* shown, testing::value close, const std::vector<std::pair<int, std::string>>& events,
                        const std::string& compatibility = {}) {
    auto course = with("choice", {{"grade_items", 0}, {"results_shown", shown}, {"close", close}});
    for (const auto& [time, name] : events) {
      course.event(7, 1, time, name, name == "answer_created" ? "c" : name == "answer_updated" ? "u" : "r");
    }
    const int potential = std::string(shown) == "never" ? 2 : 3;
    const double level = course.level("choice", potential, compatibility);
    CHECK(course.value("choice/social_breadth", compatibility) == (level > 2.5 ? 1 : 0));
    return std::lround(level);
  };
  CHECK(level("after_answer", missing, {{10, "course_module_viewed"}}) == 1);
  CHECK(level("after_answer", missing, {{10, "answer_created"}}) == 3);
  CHECK(level("after_answer", missing, {{10, "answer_created"}}, moodle) == 2);
  CHECK(level("after_close", 50, {{10, "answer_created"}, {50, "course_module_viewed"}}) == 2);
  CHECK(level("after_close", 50, {{10, "answer_created"}, {51, "course_module_viewed"}}) == 3);
  CHECK(level("after_close", 50, {{10, "answer_created"}, {51, "course_module_viewed"}}, moodle) == 2);
  CHECK(level("after_close", missing, {{10, "answer_created"}, {51, "course_module_viewed"}}) == 2);
  CHECK(level("always", missing, {{10, "course_module_viewed"}}) == 3);
  CHECK(level("always", missing, {{10, "course_module_viewed"}}, moodle) == 1);
  CHECK(level("never", missing, {{10, "answer_created"}, {51, "course_module_viewed"}}) == 2);
}

TEST_CASE("a feedback's published results are feedback, in Moodle they cannot be", "[coi]") {
  auto course = with("feedback", {{"grade_items", 0}, {"results_shown", "always"}});
  course.event(7, 1, 10, "course_module_viewed");
  CHECK(same(course.level("feedback", 3), 1));
  course.event(7, 1, 20, "response_submitted", "c");
  CHECK(same(course.level("feedback", 3), 3));
  CHECK(course.value("feedback/social_breadth") == 1);
  CHECK(same(course.level("feedback", 3, moodle), 2));
  CHECK(course.value("feedback/social_breadth", moodle) == 0);
}

TEST_CASE("a live meeting is seen and answered by joining it, Moodle fails", "[coi]") {
  auto course = with("bigbluebuttonbn");
  CHECK(course.value("bigbluebuttonbn/cognitive_depth", moodle) == -1);
  course.event(7, 1, 10, "course_module_viewed");
  CHECK(same(course.level("bigbluebuttonbn", 4), 1));
  CHECK_THROWS_WITH(course.value("bigbluebuttonbn/cognitive_depth", moodle),
                    "Moodle's indicator fails as soon as a student has opened an activity of the module bigbluebuttonbn: leave "
                    "it out of the model, or do without compatibility");
  CHECK(course.value("bigbluebuttonbn/social_breadth", moodle) == 1);
  course.event(7, 1, 20, "recording_viewed");
  CHECK(same(course.level("bigbluebuttonbn", 4), 3));
  course.event(7, 1, 30, "meeting_joined");
  CHECK(same(course.level("bigbluebuttonbn", 4), 4));
}

TEST_CASE("samples without a user take everyone's deeds together", "[coi]") {
  auto course = with("assign");
  course.situation.samples = {{.course = 1}};
  course.event(7, 8, 10, "course_module_viewed");
  CHECK(same(course.level("assign", 5), 1));
  course.grade(7, 8, 20).event(7, 9, 30, "feedback_viewed");
  CHECK(same(course.level("assign", 5), 1));  // seen by 9, graded for 8
  course.event(7, 8, 30, "feedback_viewed");
  CHECK(same(course.level("assign", 5), 3));
  auto forum = with("forum");
  forum.situation.samples = {{.course = 1}};
  forum.event(7, 8, 10, "assessable_uploaded", "c").event(7, 9, 20, "assessable_uploaded", "c");
  CHECK(same(forum.level("forum", 4), 4));
}

TEST_CASE("potential depth and breadth of what students can see, Moodle counts what is hidden too", "[coi]") {
  using auspex::core_course::potential_cognitive_depth;
  using auspex::core_course::potential_social_breadth;
  Course course;
  course.student(1).student(2).activity(1, "page").activity(2, "assign", {{"visible", false}});
  course.activity(3, "lti", {{"section_visible", false}}).activity(4, "choice", {{"results_shown", "never"}});
  const auto depth = [&](const std::string& compatibility = {}) {
    return testing::component<potential_cognitive_depth>({}, compatibility).calculate(course.campus, course.situation);
  };
  CHECK(depth() == std::vector<double>{-0.5, -0.5});
  CHECK(depth(moodle) == std::vector<double>{1, 1});
  course.activity(5, "feedback", {{"results_shown", "always"}});
  CHECK(depth() == std::vector<double>{0, 0});
  CHECK(testing::component<potential_social_breadth>().calculate(course.campus, course.situation) == std::vector<double>{1, 1});

  // Of one activity, where samples have one.
  course.situation.samples = {{1, 1, 1, 1}, {1, 1, 1, 3}, {1, 1, 1, 5}};
  CHECK(depth(moodle) == std::vector<double>{-1, 0, 0});
}

TEST_CASE("a course of activities without levels has no potential, Moodle fails", "[coi]") {
  using auspex::core_course::potential_social_breadth;
  Course course;
  course.student(1).activity(1, "h5pactivity");
  CHECK(testing::component<potential_social_breadth>().calculate(course.campus, course.situation)[0] == -1);
  CHECK_THROWS_WITH(testing::component<potential_social_breadth>({}, moodle).calculate(course.campus, course.situation),
                    Catch::Contains("Moodle's indicator fails where no activity of a course has a level"));
  const auto with_levels = [](const std::string& text) {
    testing::component<potential_social_breadth>({{"levels", testing::list(text)}});
  };
  CHECK_NOTHROW(with_levels("acme=5"));
  CHECK_THROWS_WITH(with_levels("acme"), "'acme' is not of the form \"module=level\", level 1 to 5");
  for (const auto* wrong : {"acme=6", "acme=0", "acme=2x", "acme=", "=3"}) {
    CHECK_THROWS_WITH(with_levels(wrong), Catch::Contains("level 1 to 5"));
  }
}
