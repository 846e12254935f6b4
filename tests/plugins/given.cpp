// Indicators of every type that give the values of their parameter, 777 for none, whatever the data.
#include <cmath>
#include <vector>

#include <auspex/sdk.hpp>

namespace {

template <class Type>
struct given : Type {
  static constexpr std::string_view description = "The given values, one a sample.";
  static constexpr std::array parameters{auspex::list_of(auspex::real_parameter("values", "one a sample; 777 = none"))};

  explicit given(const auspex::arguments& a) : values_(a.reals("values").begin(), a.reals("values").end()) {}

  void calculate(const auspex::frame&, std::span<double> values) {
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = values_.at(i) == 777 ? std::nan("") : values_[i];
  }

 private:
  std::vector<double> values_;
};

struct linear : given<auspex::linear_indicator> {
  using given::given;
  static constexpr std::string_view id = "given/linear";
  static constexpr std::string_view name = "Linear";
};

struct linear_alone : given<auspex::linear_indicator> {
  using given::given;
  static constexpr std::string_view id = "given/linear_alone";
  static constexpr std::string_view name = "Linear without a mean";
  static constexpr bool include_mean = false;
};

struct binary : given<auspex::binary_indicator> {
  using given::given;
  static constexpr std::string_view id = "given/binary";
  static constexpr std::string_view name = "Binary";
};

struct discrete : given<auspex::discrete_indicator> {
  using given::given;
  static constexpr std::string_view id = "given/discrete";
  static constexpr std::string_view name = "One of 0 to 4";
  static constexpr std::array<double, 5> classes{0, 1, 2, 3, 4};
};

struct discrete_signed : given<auspex::discrete_indicator> {
  using given::given;
  static constexpr std::string_view id = "given/discrete_signed";
  static constexpr std::string_view name = "One of -1 to 1";
  static constexpr std::array<double, 3> classes{-1, 0, 1};
};

}  // namespace

AUSPEX_PLUGIN_BY("given", "1.0.0", "Given values", "Auspex", "Apache-2.0", "", linear, linear_alone, binary, discrete,
                 discrete_signed)
