// A backend for targets of any kind, small enough to be worked out by hand.
#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>
#include <vector>

#include <auspex/model_bytes.hpp>
#include <auspex/sdk.hpp>

namespace {

/// Classes: probabilities fall with the squared distance from the mean of a class's rows. Numbers: a line through one column by
/// least squares.
struct centroids : auspex::ml_backend {
  static constexpr std::string_view id = "centroids/nearest";
  static constexpr std::string_view name = "Nearest centroid";
  static constexpr std::string_view description = "Probabilities by the distance from each class's mean; a line for numbers.";
  static constexpr std::uint32_t abilities = AUSPEX_CAN_BINARY | AUSPEX_CAN_MULTICLASS | AUSPEX_CAN_REGRESSION;
  static constexpr std::array parameters{auspex::real_parameter("sharpness", "how fast probabilities fall", "1.0", 0.01, 100),
                                         auspex::integer_parameter("column", "of the line through numbers", "0", 0, 1000)};

  explicit centroids(const auspex::arguments& a) : sharpness_(a.real("sharpness")), column_(std::size_t(a.integer("column"))) {}

  std::string train(const auspex::matrix& m) const {
    return bytes_of(m, m.class_count() == 0 ? line_of(m) : means_of(m));
  }

  void predict(std::string_view model, const auspex::matrix& m, std::span<double> out) const {
    const auto numbers = numbers_of(model, m);
    const auto k = m.class_count();
    for (std::size_t r = 0; r < m.rows(); ++r) {
      if (k == 0) {
        out[r] = numbers.at(0) + numbers.at(1) * known(m.row(r)[column_of(m)]);
        continue;
      }
      double sum = 0;
      for (std::size_t c = 0; c < k; ++c) {
        double squares = 0;
        for (std::size_t j = 0; j < m.columns(); ++j) {
          const double distance = known(m.row(r)[j]) - numbers.at(c * m.columns() + j);
          squares += distance * distance;
        }
        sum += out[r * k + c] = std::exp(-sharpness_ * squares);
      }
      for (std::size_t c = 0; c < k; ++c) out[r * k + c] = sum > 0 ? out[r * k + c] / sum : 1 / double(k);
    }
  }

 private:
  static double known(float value) { return std::isnan(value) ? 0 : double(value); }

  [[nodiscard]] std::size_t column_of(const auspex::matrix& m) const { return std::min(column_, m.columns() - 1); }

  [[nodiscard]] std::vector<double> means_of(const auspex::matrix& m) const {
    std::vector<double> means(m.class_count() * m.columns(), 0), counts(m.class_count(), 0);
    for (std::size_t r = 0; r < m.rows(); ++r) {
      const auto c = std::size_t(m.labels()[r]);
      ++counts[c];
      for (std::size_t j = 0; j < m.columns(); ++j) means[c * m.columns() + j] += known(m.row(r)[j]);
    }
    for (std::size_t i = 0; i < means.size(); ++i) means[i] /= std::max(1.0, counts[i / m.columns()]);
    return means;
  }

  [[nodiscard]] std::vector<double> line_of(const auspex::matrix& m) const {
    const auto column = column_of(m);
    double x = 0, y = 0, xx = 0, xy = 0;
    const auto n = double(m.rows());
    for (std::size_t r = 0; r < m.rows(); ++r) {
      const double value = known(m.row(r)[column]);
      x += value;
      y += m.labels()[r];
      xx += value * value;
      xy += value * m.labels()[r];
    }
    const double spread = n * xx - x * x;
    const double slope = spread > 0 ? (n * xy - x * y) / spread : 0;
    return {(y - slope * x) / n, slope};
  }

  static std::string bytes_of(const auspex::matrix& m, const std::vector<double>& numbers) {
    auspex::byte_writer writer(id, 1);
    writer.integer(m.columns());
    writer.integer(m.class_count());
    for (const double number : numbers) writer.real(number);
    return writer.finish();
  }

  static std::vector<double> numbers_of(std::string_view bytes, const auspex::matrix& m) {
    auspex::byte_reader reader(bytes, id, 1);
    if (reader.integer() != m.columns() || reader.integer() != m.class_count()) {
      throw std::invalid_argument("the model was trained on other columns or classes");
    }
    std::vector<double> numbers(reader.left());
    for (auto& number : numbers) number = reader.real();
    return numbers;
  }

  double sharpness_;
  std::size_t column_;
};

}  // namespace

AUSPEX_PLUGIN_BY("centroids", "1.0.0", "Centroids", "Auspex", "Apache-2.0", "", centroids)
