// Something that learns: what the rest of this room knows of an ML backend.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "learning/matrix.hpp"
#include "plugin/component.hpp"

namespace auspex::learning {

/// What predictions are made of. outputs: 1 for linear targets and two classes (that of class 1), else one a class.
struct Explanation {
  std::size_t outputs = 1;
  std::vector<double> margins;        ///< rows x outputs: what the backend adds up before it becomes a probability
  std::vector<double> contributions;  ///< rows x outputs x (columns + 1): each column's share, then the constant
};

/// Used by one thread at a time. The same matrix gives the same bytes, whatever Matrix::threads says.
class Learner {
 public:
  virtual ~Learner() = default;

  /// The trained model as bytes. The matrix has labels.
  [[nodiscard]] virtual std::string train(const Matrix& matrix) = 0;

  /// Class probabilities, rows x class_count; linear targets: one value a row. Throws where it cannot read the bytes.
  [[nodiscard]] virtual std::vector<double> predict(std::string_view model, const Matrix& matrix) = 0;

  /// Targets of so many classes; 0: linear ones.
  [[nodiscard]] virtual bool can_learn(std::size_t classes) const { return classes != 1; }

  [[nodiscard]] virtual bool can_contribute() const { return false; }

  /// Only where can_contribute(). The contributions add up to the margins, within 1e-4 of the largest of them.
  [[nodiscard]] virtual Explanation explain(std::string_view model, const Matrix& matrix);

  /// Component id and the version of its plugin.
  [[nodiscard]] virtual std::string id() const = 0;
  [[nodiscard]] virtual std::string version() const = 0;
};

/// A learner over a backend of a plugin.
[[nodiscard]] std::unique_ptr<Learner> learner_of(plugin::Backend backend);

}  // namespace auspex::learning
