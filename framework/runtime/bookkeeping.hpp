// What a workspace remembers of a model: its version, what it was trained on and analysed for, and the files of that.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "learning/artefact.hpp"
#include "runtime/parts.hpp"

namespace auspex::runtime {

/// SHA-256 of what a model's training and predictions depend on in its definition: the model's version. Another version
/// begins anew. Predictions without training are kept under it, as if it were an artefact's id.
[[nodiscard]] std::string version_of(const spec::Model& model);
/// `frozen`: the model's frozen form.
[[nodiscard]] std::string version_of(const Json& frozen);

/// How the definition differs from what was trained, as warnings; none where it does not. What the file leaves to the
/// command line is no difference.
[[nodiscard]] std::vector<Problem> changes_since_training(const spec::Model& now, const spec::Model& trained);

/// When its analysables were first analysed, for whatever purpose, and last for this one: what is known of it by as-of.
[[nodiscard]] analysis::History analyses_of(const store::Store& store, const std::string& model, analysis::Purpose purpose,
                                            Time as_of);

/// Throws Error(found) where the model was switched off.
void refuse_disabled(const store::Store& store, const std::string& model);

/// The report of the last evaluation of this version of the model that was known at as-of; null where there is none.
[[nodiscard]] Json last_evaluation(const store::Store& store, const std::string& model, const std::string& version, Time as_of);

/// What is remembered of a training beside its artefact, as far as it is known.
struct Learned {
  std::map<std::string, std::string> samples;  ///< that it was trained on, each with its analysable
  std::string dataset;                         ///< learning::digest_of
  std::string values;                          ///< a ValuesWriter's bytes
  store::Analysed analysed;
};

/// Makes the artefact the model's current one, whole or not at all, and returns its id. `as_of`: of its training. The caller
/// holds lock_model().
std::string keep(Session::Parts& parts, const std::string& model, const learning::Artefact& artefact, Time as_of,
                 const Learned& learned = {});

/// Writes a file of remembered values and returns its name. The caller holds lock_artefacts().
std::string keep_values(Session::Parts& parts, const std::string& values);

/// Removes artefacts and remembered values that no model points to any more. The caller holds lock_artefacts().
void remove_unused(Session::Parts& parts, const store::Store& store);

}  // namespace auspex::runtime
