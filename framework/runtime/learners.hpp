// The backend of a model with the parameters that are best for given rows, where the model asks for a search.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "learning/artefact.hpp"
#include "learning/search.hpp"
#include "runtime/models.hpp"

namespace auspex::runtime {

/// Searches write each trial at once to a file of the workspace, searches/MODEL/KEY.jsonl; KEY stands for all that a score
/// depends on. Asked again, even after it was killed, the same search goes on from there.
class Learners {
 public:
  Learners(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset)
      : parts_(parts), model_(model), dataset_(dataset) {}

  /// To learn from these rows. Lives as long as this.
  learning::Learner& for_rows(const learning::Rows& rows);

  /// What the searches came to, one a call of for_rows(); empty where the model asks for none.
  [[nodiscard]] const std::vector<learning::Chosen>& chosen() const { return chosen_; }

 private:
  [[nodiscard]] std::string key_of(const learning::Rows& rows);

  Session::Parts& parts_;
  const spec::Model& model_;
  const analysis::Dataset& dataset_;
  std::string digest_;  ///< of the dataset, once it is needed
  std::vector<learning::Chosen> chosen_;
  std::vector<std::unique_ptr<learning::Learner>> made_;
};

/// Learns from all labelled rows of the model's population, with parameters chosen on them where the model asks for that.
[[nodiscard]] learning::Artefact train(Session::Parts& parts, const spec::Model& model, const analysis::Dataset& dataset,
                                       learning::Provenance provenance);

/// Forgets the trials of a model.
void remove_searches(Session::Parts& parts, const std::string& model);

}  // namespace auspex::runtime
