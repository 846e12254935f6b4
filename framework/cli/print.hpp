// Results for people.
#pragma once

#include <string>

#include "runtime/session.hpp"

namespace auspex::cli {

[[nodiscard]] std::string import_text(const runtime::Json& report);
[[nodiscard]] std::string explore_text(const runtime::Json& findings);
[[nodiscard]] std::string plugin_list_text(const runtime::Json& list);
[[nodiscard]] std::string plugin_info_text(const runtime::Json& plugin);
[[nodiscard]] std::string plugin_new_text(const runtime::Json& made);
[[nodiscard]] std::string plugin_check_text(const runtime::Json& report);
[[nodiscard]] std::string ranges_text(const runtime::Json& split);
[[nodiscard]] std::string check_text(const runtime::Json& check);
[[nodiscard]] std::string model_list_text(const runtime::Json& list);
[[nodiscard]] std::string model_show_text(const runtime::Json& model);
[[nodiscard]] std::string export_text(const runtime::Json& result);
[[nodiscard]] std::string import_model_text(const runtime::Json& result);
[[nodiscard]] std::string plan_text(const runtime::Json& plan);
[[nodiscard]] std::string analyse_text(const runtime::Json& result);
[[nodiscard]] std::string evaluation_text(const runtime::Json& report);
[[nodiscard]] std::string training_text(const runtime::Json& result);
[[nodiscard]] std::string predictions_text(const runtime::Json& result);
[[nodiscard]] std::string switch_text(const runtime::Json& result);
[[nodiscard]] std::string clear_text(const runtime::Json& result);
[[nodiscard]] std::string delete_text(const runtime::Json& result);
[[nodiscard]] std::string log_text(const runtime::Json& log);
[[nodiscard]] std::string metrics_text(const runtime::Json& result);

/// "analysable,sample,range,start,end,prediction,score,probability,new", one line a prediction; times in epoch seconds.
[[nodiscard]] std::string predictions_csv(const runtime::Json& result);

}  // namespace auspex::cli
