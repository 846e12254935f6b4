// Component ids, wildcards and "did you mean".
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace auspex {

/// Whether `id` has the form "component/name": lower-case letters, digits and underscores on both sides.
[[nodiscard]] bool is_component_id(std::string_view id);

/// Whether `text` matches `pattern`, in which '*' stands for any run of characters without '/'.
[[nodiscard]] bool matches_wildcard(std::string_view pattern, std::string_view text);

/// The candidate nearest to `name` by edit distance, or "" where none is near enough to be what was meant.
[[nodiscard]] std::string nearest(std::string_view name, std::span<const std::string> candidates);

/// "did you mean 'X'?", or `otherwise` where nothing is near.
[[nodiscard]] std::string did_you_mean(std::string_view name, std::span<const std::string> candidates,
                                       std::string otherwise = {});

}  // namespace auspex
