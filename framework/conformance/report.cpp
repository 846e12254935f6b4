// Reports as JSON and as JUnit's XML.
#include <array>

#include <fmt/format.h>

#include "conformance/conformance.hpp"

namespace auspex::conformance {
namespace {

std::string xml(const std::string& text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  }
  return out;
}

constexpr std::array outcomes{Outcome::passed, Outcome::failed, Outcome::crashed, Outcome::skipped, Outcome::warning};

}  // namespace

nlohmann::ordered_json to_json(const Report& report) {
  nlohmann::ordered_json json{{"file", report.file.string()},
                              {"plugin", report.id},
                              {"version", report.version},
                              {"level", report.level},
                              {"seed", report.seed},
                              {"refused", report.refused},
                              {"hint", report.hint},
                              {"components", nlohmann::ordered_json::array()},
                              {"checks", nlohmann::ordered_json::array()}};
  for (const auto& component : report.components)
    json["components"].push_back({{"id", component.id}, {"kind", component.kind}});
  for (const auto& result : report.results) {
    json["checks"].push_back({{"check", result.check},
                              {"component", result.component},
                              {"outcome", outcome_name(result.outcome)},
                              {"message", result.message},
                              {"rule", result.rule},
                              {"seconds", result.seconds}});
  }
  for (const auto outcome : outcomes) json["counts"][outcome_name(outcome)] = report.count(outcome);
  json["good"] = report.good();
  return json;
}

std::string junit_text(const Report& report) {
  auto text = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "skipped=\"{}\">\n",
      xml(report.id.empty() ? report.file.filename().string() : report.id), report.results.size(),
      report.count(Outcome::failed), report.count(Outcome::crashed), report.count(Outcome::skipped));
  for (const auto& result : report.results) {
    text += fmt::format("  <testcase classname=\"{}\" name=\"{}\" time=\"{:.3f}\"",
                        xml(result.component.empty() ? "plugin" : result.component), xml(result.check), result.seconds);
    const auto inner = [&](const char* element) {
      text += fmt::format("><{} message=\"{}\">rule {}: sdk/docs/rules.md#{}</{}></testcase>\n", element,
                          xml(result.message), result.rule, result.rule, element);
    };
    switch (result.outcome) {
      case Outcome::passed: text += "/>\n"; break;
      case Outcome::failed: inner("failure"); break;
      case Outcome::crashed: inner("error"); break;
      case Outcome::skipped: inner("skipped"); break;
      case Outcome::warning:
        text += fmt::format("><system-out>warning: {}</system-out></testcase>\n", xml(result.message));
        break;
    }
  }
  return text + "</testsuite>\n";
}

}  // namespace auspex::conformance
