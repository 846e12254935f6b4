#include <map>

#include "base/files.hpp"
#include "runtime/models.hpp"
#include "runtime/session.hpp"

namespace auspex::runtime {
namespace fs = std::filesystem;

Json Session::model_analyse(const ModelOptions& options, AnalyseFor purpose, const fs::path& out) {
  auto& parts = *parts_;
  const auto model = parts.model(options);
  auto request = parts.request(model);
  request.training = purpose != AnalyseFor::prediction;
  request.prediction = purpose != AnalyseFor::training;
  const auto shape = analysis::shape_of(request);

  NewFile file(out);
  file.write(analysis::values_csv_header());
  std::map<std::string, Account> accounts;
  std::string text;
  const auto statistics = analysis::analyse(request, [&](analysis::UnitResult&& unit) {
    for (const auto& result : unit.purposes) accounts[purpose_name(result.purpose)].add(unit, result);
    text.clear();
    analysis::append_values_csv(shape, unit, text);
    file.write(text);
  });
  file.keep();

  Json result{{"model", model.id}, {"as_of", parts.as_of}, {"file", out.string()}};
  for (const auto& [name, account] : accounts) result[name] = {{"analysables", account.used}, {"left_out", account.left_out}, {"samples_left_out", account.samples}};
  result["statistics"] = to_json(statistics);
  return result;
}

}  // namespace auspex::runtime
