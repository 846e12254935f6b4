// The indicators of a model, whoever calculates them: a plugin, or the campus from SQL.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "analysis/analysis.hpp"

namespace auspex::analysis {

/// One indicator; used by one thread at a time.
class Indicator {
 public:
  virtual ~Indicator() = default;

  [[nodiscard]] virtual const std::string& id() const = 0;
  [[nodiscard]] virtual const plugin::IndicatorInfo& info() const = 0;
  [[nodiscard]] virtual const std::vector<plugin::Read>& reads() const = 0;
  /// Whether what it looks at is together in the units of that analyser: the site's are blocks of samples.
  [[nodiscard]] virtual bool works_on(const plugin::AnalyserInfo& analyser) const = 0;

  /// Whether it reads anything once an analysable, before its ranges; prepare() does nothing where not.
  [[nodiscard]] virtual bool has_prepare() const = 0;
  virtual void prepare(const auspex_frame& frame) = 0;

  /// One value a sample of the frame, complete after finish(): until then `values` must stay where it is.
  virtual void calculate(const auspex_frame& frame, std::span<double> values) = 0;

  /// After the last range of an analysable. `sample`: the id of a sample of the frames, for messages.
  virtual void finish(const std::function<std::string(std::size_t)>& sample) = 0;
};

[[nodiscard]] std::unique_ptr<Indicator> create_indicator(const Request& request, const spec::Component& component);

}  // namespace auspex::analysis
