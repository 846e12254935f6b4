#include "base/names.hpp"

#include <algorithm>
#include <cctype>
#include <numeric>

namespace auspex {
namespace {

bool is_word(std::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  });
}

// Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment).
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1), previous(b.size() + 1), row(b.size() + 1);
  std::iota(previous.begin(), previous.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({previous[j] + 1, row[j - 1] + 1, previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    std::swap(before, previous);
    std::swap(previous, row);
  }
  return previous[b.size()];
}

}  // namespace

bool is_component_id(std::string_view id) {
  const auto slash = id.find('/');
  return slash != std::string_view::npos && is_word(id.substr(0, slash)) && is_word(id.substr(slash + 1));
}

bool matches_wildcard(std::string_view pattern, std::string_view text) {
  if (pattern.empty()) return text.empty();
  if (pattern.front() != '*') {
    return !text.empty() && pattern.front() == text.front() && matches_wildcard(pattern.substr(1), text.substr(1));
  }
  for (std::size_t taken = 0;; ++taken) {
    if (matches_wildcard(pattern.substr(1), text.substr(taken))) return true;
    if (taken == text.size() || text[taken] == '/') return false;
  }
}

std::string nearest(std::string_view name, std::span<const std::string> candidates) {
  const auto limit = std::max<std::size_t>(1, name.size() / 3);
  std::string best;
  auto best_distance = limit + 1;
  for (const auto& candidate : candidates) {
    const auto d = distance(name, candidate);
    if (d < best_distance) {
      best_distance = d;
      best = candidate;
    }
  }
  if (!best.empty()) return best;
  // "read_actions" for "core/read_actions": the right name in no or another component.
  const auto tail = name.substr(name.find('/') == std::string_view::npos ? 0 : name.find('/') + 1);
  for (const auto& candidate : candidates) {
    const auto slash = candidate.find('/');
    if (slash != std::string::npos && std::string_view(candidate).substr(slash + 1) == tail) return candidate;
  }
  return {};
}

std::string did_you_mean(std::string_view name, std::span<const std::string> candidates, std::string otherwise) {
  const auto best = nearest(name, candidates);
  return best.empty() ? otherwise : "did you mean '" + best + "'?";
}

}  // namespace auspex
