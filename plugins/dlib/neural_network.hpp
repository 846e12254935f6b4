// A small network of dense layers: the shape of Moodle's Python backend (moodlemlbackend 3.0.5).
//
// Written out rather than made of dlib's layers: those draw their first weights from std::rand, which all threads of a
// process share, and dlib has no RMSprop.
#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <auspex/ml_backend.hpp>
#include <auspex/services.hpp>

#include "standardisation.hpp"

namespace auspex_dlib {

struct NetworkSettings {
  std::vector<std::size_t> hidden;  ///< units of each hidden layer; empty = Moodle's rule
  std::size_t epochs = 0;           ///< 0 = Moodle's rule, 80 + floor(1000000 / (rows + 1000))
  std::size_t batch_size = 0;       ///< 0 = Moodle's rule, ceil(rows / b) with b = min(10, ceil(rows / 1000))
  double learning_rate = 0.001;
  double l2 = 0;                    ///< of the sum of the losses, as in logistic regression
  double clip = 4;                  ///< standardised values are kept within +-clip; 0 = not
  bool balanced = false;
  bool as_in_moodle = false;        ///< values are not standardised, and a missing one is 0
  std::uint64_t seed = 1;
};

/// SplitMix64 (Steele, Lea, Flood 2014).
class RandomStream {
 public:
  explicit RandomStream(std::uint64_t seed) : state_(seed) {}

  std::uint64_t next() {
    std::uint64_t z = (state_ += 0x9e3779b97f4a7c15ULL);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31);
  }
  /// Uniform in [-limit, limit).
  float symmetric(double limit) { return float((double(next() >> 11) * 0x1.0p-53 * 2 - 1) * limit); }
  std::size_t below(std::size_t bound) { return std::size_t((unsigned __int128)next() * bound >> 64); }

 private:
  std::uint64_t state_;
};

namespace detail {

/// Rows are worked on so many at a time; a value of all of them lies together.
inline constexpr std::size_t group_size = 64;

/// out[j][.] += sum_i w(i, j) in[i][.], over the lanes of a group.
template <class Weight>
void multiply_add(const float* in, std::size_t inputs, float* out, std::size_t outputs, const Weight& weight) {
  constexpr std::size_t lanes = 16;
  for (std::size_t j = 0; j < outputs; ++j) {
    for (std::size_t begin = 0; begin < group_size; begin += lanes) {
      float sums[lanes];
      for (std::size_t k = 0; k < lanes; ++k) sums[k] = out[j * group_size + begin + k];
      for (std::size_t i = 0; i < inputs; ++i) {
        const float w = weight(i, j);
        const float* x = in + i * group_size + begin;
        for (std::size_t k = 0; k < lanes; ++k) sums[k] += w * x[k];
      }
      for (std::size_t k = 0; k < lanes; ++k) out[j * group_size + begin + k] = sums[k];
    }
  }
}

inline float dot_of_group(const float* a, const float* b) {
  constexpr std::size_t lanes = 16;
  float sums[lanes] = {};
  for (std::size_t begin = 0; begin < group_size; begin += lanes) {
    for (std::size_t k = 0; k < lanes; ++k) sums[k] += a[begin + k] * b[begin + k];
  }
  for (std::size_t half = lanes / 2; half > 0; half /= 2) {
    for (std::size_t k = 0; k < half; ++k) sums[k] += sums[k + half];
  }
  return sums[0];
}

}  // namespace detail

/// Dense layers with ReLU, a softmax at the end, categorical cross-entropy, RMSprop (decay 0.9, epsilon 1e-7), first weights
/// by Glorot's uniform rule: what Keras does in Moodle's backend, there over 80/20 splits of its own. Layers, epochs and
/// batches follow Moodle's rule unless given. Inputs are standardised columns with flags for missing values.
class NeuralNetwork {
 public:
  /// labels: 0 to class_count - 1. Throws as LogisticRegression does.
  static NeuralNetwork train(const Table& table, std::span<const double> labels, std::span<const double> weights,
                             std::size_t class_count, const NetworkSettings& settings);

  /// out[r * classes + k]: probability of class k.
  void predict(const Table& table, std::span<double> out) const;

  [[nodiscard]] std::size_t columns() const { return scales_.columns(); }
  [[nodiscard]] std::size_t class_count() const { return sizes_.back(); }

  /// Inputs, units of each hidden layer, classes.
  [[nodiscard]] const std::vector<std::size_t>& sizes() const { return sizes_; }

  [[nodiscard]] std::string bytes() const;
  static NeuralNetwork from_bytes(std::string_view bytes);

  /// Moodle's rule: with u different rows of p columns, two layers of max(8, floor(p / 3)) where u (1 + ln p) > 10, else one
  /// of 10.
  static std::vector<std::size_t> moodle_layers(const Table& table);

 private:
  static constexpr std::string_view format_name = "auspex.dlib.neural_network";
  static constexpr std::uint64_t format_version = 1;

  /// What one group of rows goes through: the values of every layer, and the slope of the loss in them.
  struct Pass {
    std::vector<std::vector<float>> values, slopes;

    explicit Pass(const std::vector<std::size_t>& sizes) {
      for (const auto size : sizes) {
        values.emplace_back(size * detail::group_size);
        slopes.emplace_back(size * detail::group_size);
      }
    }
  };

  /// One batch of a training.
  struct Batch {
    const std::vector<float>& inputs;  // rows x inputs
    std::span<const std::size_t> rows;
    std::span<const double> labels, weights;
    double total = 0;                  // of the weights
  };

  [[nodiscard]] std::size_t layer_count() const { return sizes_.size() - 1; }
  /// Of layer l in the parameters: inputs x outputs weights, then a bias an output.
  [[nodiscard]] std::size_t offset(std::size_t layer) const {
    std::size_t at = 0;
    for (std::size_t l = 0; l < layer; ++l) at += (sizes_[l] + 1) * sizes_[l + 1];
    return at;
  }

  [[nodiscard]] std::vector<float> inputs_of(const Table& table) const;
  void draw_weights(std::uint64_t seed);
  void fill_group(Pass& pass, const std::vector<float>& inputs, const auto& row_of, std::size_t count) const noexcept;
  void forward(Pass& pass) const noexcept;
  void backward(Pass& pass, std::span<float> gradient) const noexcept;
  void add_gradient(Pass& pass, const Batch& batch, std::size_t group, std::span<float> gradient) const noexcept;

  Standardisation scales_;
  std::vector<std::size_t> sizes_;
  std::vector<float> parameters_;
};

inline std::vector<std::size_t> NeuralNetwork::moodle_layers(const Table& table) {
  std::set<std::string_view> rows;
  const double factor = 1 + std::log(double(table.columns));
  for (std::size_t r = 0; r < table.rows && double(rows.size()) * factor <= 10; ++r) {
    rows.insert({reinterpret_cast<const char*>(table.row(r).data()), table.columns * sizeof(float)});
  }
  if (double(rows.size()) * factor <= 10) return {10};
  return {std::max<std::size_t>(8, table.columns / 3), std::max<std::size_t>(8, table.columns / 3)};
}

/// The varying elements of every standardised row.
inline std::vector<float> NeuralNetwork::inputs_of(const Table& table) const {
  const Design design(table, scales_);
  return {design.row(0), design.row(0) + table.rows * design.width()};
}

inline void NeuralNetwork::draw_weights(std::uint64_t seed) {
  RandomStream random(seed);
  parameters_.assign(offset(layer_count()), 0.0f);
  for (std::size_t l = 0; l < layer_count(); ++l) {
    const double limit = std::sqrt(6.0 / double(sizes_[l] + sizes_[l + 1]));
    float* weights = parameters_.data() + offset(l);
    for (std::size_t i = 0; i < sizes_[l] * sizes_[l + 1]; ++i) weights[i] = random.symmetric(limit);
  }
}

inline void NeuralNetwork::fill_group(Pass& pass, const std::vector<float>& inputs, const auto& row_of,
                                      std::size_t count) const noexcept {
  const auto width = sizes_.front();
  for (std::size_t k = 0; k < detail::group_size; ++k) {
    const float* row = k < count ? inputs.data() + row_of(k) * width : nullptr;
    for (std::size_t i = 0; i < width; ++i) pass.values[0][i * detail::group_size + k] = row == nullptr ? 0 : row[i];
  }
}

/// Leaves the classes' probabilities in the last layer.
inline void NeuralNetwork::forward(Pass& pass) const noexcept {
  constexpr auto lanes = detail::group_size;
  for (std::size_t l = 0; l < layer_count(); ++l) {
    const auto outputs = sizes_[l + 1];
    const float* weights = parameters_.data() + offset(l);
    const float* bias = weights + sizes_[l] * outputs;
    auto& out = pass.values[l + 1];
    for (std::size_t j = 0; j < outputs; ++j) std::fill_n(out.begin() + std::ptrdiff_t(j * lanes), lanes, bias[j]);
    detail::multiply_add(pass.values[l].data(), sizes_[l], out.data(), outputs,
                         [=](std::size_t i, std::size_t j) { return weights[i * outputs + j]; });
    if (l + 1 == layer_count()) break;
    for (auto& value : out) value = value > 0 ? value : 0;
  }
  auto& out = pass.values.back();
  for (std::size_t k = 0; k < lanes; ++k) {
    float largest = out[k], sum = 0;
    for (std::size_t j = 1; j < class_count(); ++j) largest = std::max(largest, out[j * lanes + k]);
    for (std::size_t j = 0; j < class_count(); ++j) sum += out[j * lanes + k] = std::exp(out[j * lanes + k] - largest);
    for (std::size_t j = 0; j < class_count(); ++j) out[j * lanes + k] /= sum;
  }
}

/// From the slopes of the last layer to those of all, adding the parameters' own to `gradient`.
inline void NeuralNetwork::backward(Pass& pass, std::span<float> gradient) const noexcept {
  constexpr auto lanes = detail::group_size;
  for (std::size_t l = layer_count(); l-- > 0;) {
    const auto inputs = sizes_[l], outputs = sizes_[l + 1];
    const float* weights = parameters_.data() + offset(l);
    float* own = gradient.data() + offset(l);
    const auto &values = pass.values[l], &slopes = pass.slopes[l + 1];
    for (std::size_t i = 0; i < inputs; ++i) {
      for (std::size_t j = 0; j < outputs; ++j) {
        own[i * outputs + j] += detail::dot_of_group(&values[i * lanes], &slopes[j * lanes]);
      }
    }
    for (std::size_t j = 0; j < outputs; ++j) {
      float sum = 0;
      for (std::size_t k = 0; k < lanes; ++k) sum += slopes[j * lanes + k];
      own[inputs * outputs + j] += sum;
    }
    if (l == 0) break;
    auto& before = pass.slopes[l];
    std::fill(before.begin(), before.end(), 0.0f);
    detail::multiply_add(slopes.data(), outputs, before.data(), inputs,
                         [=](std::size_t j, std::size_t i) { return weights[i * outputs + j]; });
    for (std::size_t i = 0; i < before.size(); ++i) before[i] = values[i] > 0 ? before[i] : 0;
  }
}

inline void NeuralNetwork::add_gradient(Pass& pass, const Batch& batch, std::size_t group,
                                        std::span<float> gradient) const noexcept {
  constexpr auto lanes = detail::group_size;
  const auto begin = group * lanes, count = std::min(lanes, batch.rows.size() - begin);
  fill_group(pass, batch.inputs, [&](std::size_t k) { return batch.rows[begin + k]; }, count);
  forward(pass);
  for (std::size_t j = 0; j < class_count(); ++j) {
    for (std::size_t k = 0; k < lanes; ++k) {
      float slope = 0;
      if (k < count) {
        const auto row = batch.rows[begin + k];
        const float wanted = batch.labels[row] == double(j) ? 1 : 0;
        slope = float(batch.weights[row] / batch.total) * (pass.values.back()[j * lanes + k] - wanted);
      }
      pass.slopes.back()[j * lanes + k] = slope;
    }
  }
  backward(pass, gradient);
}

inline NeuralNetwork NeuralNetwork::train(const Table& table, std::span<const double> labels,
                                          std::span<const double> weights, std::size_t class_count,
                                          const NetworkSettings& settings) {
  if (class_count < 2) throw std::invalid_argument("the network needs a target of at least two classes");
  const auto row_weights = auspex::training_weights(table.rows, labels, weights, class_count, settings.balanced);
  NeuralNetwork net;
  net.scales_ = settings.as_in_moodle ? Standardisation::as_in_moodle(table) : Standardisation(table, settings.clip);
  const auto hidden = settings.hidden.empty() ? moodle_layers(table) : settings.hidden;
  net.sizes_ = {net.scales_.varying().size()};
  net.sizes_.insert(net.sizes_.end(), hidden.begin(), hidden.end());
  net.sizes_.push_back(class_count);
  RandomStream random(settings.seed);
  net.draw_weights(random.next());

  const auto inputs = net.inputs_of(table);
  const auto batches = std::min<std::size_t>(10, (table.rows + 999) / 1000);
  const auto moodle_batch = (table.rows + batches - 1) / batches;
  const auto batch_size = std::min(table.rows, settings.batch_size > 0 ? settings.batch_size : moodle_batch);
  const auto epochs = settings.epochs > 0 ? settings.epochs : 80 + 1000000 / (table.rows + 1000);
  const double total = std::accumulate(row_weights.begin(), row_weights.end(), 0.0);

  // So many sums, whatever the number of threads: each takes every eighth group.
  constexpr std::size_t stripes = 8;
  std::vector<Pass> passes(stripes, Pass(net.sizes_));
  std::vector<std::vector<float>> gradients(stripes, std::vector<float>(net.parameters_.size()));
  std::vector<float> squares(net.parameters_.size(), 0.0f);
  std::vector<std::size_t> order(table.rows);
  std::iota(order.begin(), order.end(), std::size_t(0));
  for (std::size_t epoch = 0; epoch < epochs; ++epoch) {
    auspex::check_cancelled();
    for (std::size_t i = order.size(); batch_size < order.size() && i > 1; --i) {
      std::swap(order[i - 1], order[random.below(i)]);
    }
    for (std::size_t begin = 0; begin < order.size(); begin += batch_size) {
      Batch batch{inputs, std::span(order).subspan(begin, std::min(batch_size, order.size() - begin)), labels, row_weights};
      for (const auto row : batch.rows) batch.total += row_weights[row];
      if (!(batch.total > 0)) continue;
      const auto groups = (batch.rows.size() + detail::group_size - 1) / detail::group_size;
      in_parallel(groups < 16 ? 1 : table.threads, stripes, [&](std::size_t stripe) {
        std::fill(gradients[stripe].begin(), gradients[stripe].end(), 0.0f);
        for (auto group = stripe; group < groups; group += stripes) {
          net.add_gradient(passes[stripe], batch, group, gradients[stripe]);
        }
      });
      for (std::size_t i = 0; i < net.parameters_.size(); ++i) {
        float slope = float(settings.l2 / total) * net.parameters_[i];
        for (const auto& gradient : gradients) slope += gradient[i];
        squares[i] = 0.9f * squares[i] + 0.1f * slope * slope;
        net.parameters_[i] -= float(settings.learning_rate) * slope / (std::sqrt(squares[i]) + 1e-7f);
      }
    }
    auspex::report_progress(double(epoch + 1) / double(epochs));
  }
  for (const float parameter : net.parameters_) {
    if (std::isfinite(parameter)) continue;
    throw std::runtime_error("the network's weights grew without limit: lower the learning_rate");
  }
  return net;
}

inline void NeuralNetwork::predict(const Table& table, std::span<double> out) const {
  scales_.require_columns(table);
  require_finite(table);
  const auto varying = scales_.varying();
  std::vector<Pass> passes(std::size_t(std::max(1, table.threads)), Pass(sizes_));
  std::vector<std::vector<double>> rows(passes.size(), std::vector<double>(varying.size()));
  const auto groups = (table.rows + detail::group_size - 1) / detail::group_size;
  in_parallel(int(passes.size()), passes.size(), [&](std::size_t part) {
    auto& pass = passes[part];
    for (auto group = part; group < groups; group += passes.size()) {
      const auto begin = group * detail::group_size, count = std::min(detail::group_size, table.rows - begin);
      for (std::size_t k = 0; k < count; ++k) {
        auto& row = rows[part];
        scales_.apply(table.row(begin + k), varying, row.data());
        for (std::size_t i = 0; i < row.size(); ++i) pass.values[0][i * detail::group_size + k] = float(row[i]);
      }
      forward(pass);
      for (std::size_t k = 0; k < count; ++k) {
        double rest = 1;
        for (std::size_t j = class_count(); j-- > 0;) {
          const double p = j == 0 ? std::max(rest, 0.0) : double(pass.values.back()[j * detail::group_size + k]);
          out[(begin + k) * class_count() + j] = p;
          rest -= p;
        }
      }
    }
  });
}

inline std::string NeuralNetwork::bytes() const {
  auspex::byte_writer out(format_name, format_version);
  scales_.write(out);
  out.integer(sizes_.size());
  for (const auto size : sizes_) out.integer(size);
  for (const float parameter : parameters_) out.real(parameter);
  return out.finish();
}

inline NeuralNetwork NeuralNetwork::from_bytes(std::string_view bytes) {
  auspex::byte_reader in(bytes, format_name, format_version);
  NeuralNetwork net;
  net.scales_ = Standardisation::read(in);
  const auto layers = in.integer();
  if (layers < 2 || layers > in.left()) throw std::invalid_argument("the model's number of layers is wrong");
  for (std::uint64_t l = 0; l < layers; ++l) {
    net.sizes_.push_back(in.integer());
    if (net.sizes_.back() > bytes.size()) throw std::invalid_argument("the model's layers are too large");
  }
  const bool fits = net.sizes_.front() == net.scales_.varying().size() && net.offset(net.layer_count()) == in.left();
  if (!fits || net.class_count() < 2) {
    throw std::invalid_argument("the model's layers do not fit its columns");
  }
  for (auto left = in.left(); left > 0; --left) net.parameters_.push_back(float(in.real()));
  for (const float parameter : net.parameters_) {
    if (!std::isfinite(parameter)) throw std::invalid_argument("a weight of the model is not a number");
  }
  in.finish();
  return net;
}

}  // namespace auspex_dlib
