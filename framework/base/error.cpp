#include "base/error.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace auspex {
namespace {

std::string joined(const std::vector<Problem>& problems) {
  std::string text;
  for (const auto& problem : problems) {
    if (!text.empty()) text += '\n';
    text += problem.text();
  }
  return text;
}

}  // namespace

std::string Position::text() const {
  if (line == 0) return file;
  if (column == 0) return fmt::format("{}:{}", file, line);
  return fmt::format("{}:{}:{}", file, line, column);
}

std::string Problem::text() const {
  const auto place = where.text();
  return fmt::format("{}{}{}: {}{}{}", place, place.empty() ? "" : ": ", warning ? "warning" : "error", message,
                     hint.empty() ? "" : "\n  help: ", hint);
}

Error::Error(Fault fault, std::vector<Problem> problems)
    : std::runtime_error(joined(problems)), fault_(fault), problems_(std::move(problems)) {}

Error::Error(Fault fault, std::string message, std::string hint, Position where)
    : Error(fault, std::vector<Problem>{{std::move(where), std::move(message), std::move(hint), false}}) {}

}  // namespace auspex
