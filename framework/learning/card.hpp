// The model card of an artefact (Mitchell et al. 2019): what it is for, what it learned from, how good it is, and its limits.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

namespace auspex::learning {

struct Artefact;

inline constexpr const char* card_json_file = "card.json";
inline constexpr const char* card_text_file = "card.md";

/// All that a person needs to judge the model, and, with the artefact's own files, to repeat it:
///   {"format", "model": {"id", "name", "description"}, "intended_use": {"predicts", "for", "not_for": [text]},
///    "versions": {"auspex", "backend", "plugins"}, "data": {"fingerprint", "training": see train()},
///    "settings": {"seed", "population", "per_range", "ranges", "columns": n, "classes"}, "without_model": [{"range", "reason"}],
///    "evaluation": null or {"as_of", "split": {"kind", "note", "train", "test"}, "summary", "results", "leaks", "fairness",
///      "importance"}, "limits": [text], "spec": the frozen model}
/// Fields are null where nothing is known. The same artefact gives the same card.
[[nodiscard]] nlohmann::ordered_json card_json(const Artefact& artefact);

/// The evaluation's part of a card, from an evaluation report (see evaluation.hpp); null where the report is none.
[[nodiscard]] nlohmann::ordered_json card_evaluation(const nlohmann::ordered_json& report);

/// A card as Markdown.
[[nodiscard]] std::string card_text(const nlohmann::ordered_json& card);

/// Names and bytes of the card's files.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> card_files(const Artefact& artefact);

}  // namespace auspex::learning
