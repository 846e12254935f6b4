// All a plugin needs. Put AUSPEX_PLUGIN("acme", "1.2.0", first_component, second_component) into one source file.
#pragma once

#include <auspex/analyser.hpp>
#include <auspex/clusterer.hpp>
#include <auspex/component.hpp>
#include <auspex/frame.hpp>
#include <auspex/indicator.hpp>
#include <auspex/ml_backend.hpp>
#include <auspex/outlier_detector.hpp>
#include <auspex/period.hpp>
#include <auspex/scale.hpp>
#include <auspex/services.hpp>
#include <auspex/target.hpp>
#include <auspex/time_splitter.hpp>

namespace auspex {
namespace detail {

inline auspex_status remember_host(const auspex_host* given, auspex_error*) noexcept {
  host = given;
  return AUSPEX_OK;
}

template <class C>
constexpr const void* function_table() {
  if constexpr (std::is_base_of_v<indicator, C>) return &functions_of_indicator<C>::table;
  else if constexpr (std::is_base_of_v<target, C>) return &functions_of_target<C>::table;
  else if constexpr (std::is_base_of_v<analyser, C>) return &functions_of_analyser<C>::table;
  else if constexpr (std::is_base_of_v<time_splitter, C>) return &functions_of_time_splitter<C>::table;
  else if constexpr (std::is_base_of_v<ml_backend, C>) return &functions_of_ml_backend<C>::table;
  else if constexpr (std::is_base_of_v<clusterer, C>) return &functions_of_clusterer<C>::table;
  else if constexpr (std::is_base_of_v<outlier_detector, C>) return &functions_of_outlier_detector<C>::table;
}

template <class C>
inline constexpr auspex_component component_of{sizeof(auspex_component),
                                               str(C::id),
                                               str(C::interface_id),
                                               function_table<C>(),
                                               str(C::name),
                                               str(C::description),
                                               str(C::unit),
                                               C::parameters.data(),
                                               C::parameters.size(),
                                               &create<C>,
                                               &destroy<C>,
                                               &declare<C>};

template <class... C>
inline constexpr const auspex_component* components_of[] = {&component_of<C>...};

template <class... C>
constexpr auspex_plugin_entry entry(std::string_view id, std::string_view version, std::string_view name, std::string_view author,
                                    std::string_view licence, std::string_view url) {
  return {AUSPEX_MAGIC, AUSPEX_ABI_MAJOR, AUSPEX_ABI_MINOR, sizeof(auspex_plugin_entry),
          str(id),      str(version),     str(sdk_version), str(name),
          str(author),  str(licence),     str(url),         nullptr,
          0,            &remember_host,   nullptr,          components_of<C...>,
          sizeof...(C)};
}

}  // namespace detail
}  // namespace auspex

/// Exports the plugin with author, SPDX licence and address.
#define AUSPEX_PLUGIN_BY(ID, VERSION, NAME, AUTHOR, LICENCE, URL, ...) \
  extern "C" {                                                         \
  extern AUSPEX_EXPORT const auspex_plugin_entry auspex_plugin;        \
  constexpr auspex_plugin_entry auspex_plugin =                        \
      ::auspex::detail::entry<__VA_ARGS__>(ID, VERSION, NAME, AUTHOR, LICENCE, URL); \
  }

/// Exports the plugin.
#define AUSPEX_PLUGIN(ID, VERSION, ...) AUSPEX_PLUGIN_BY(ID, VERSION, ID, "", "", "", __VA_ARGS__)
