// A trained ensemble of trees: its bytes, its predictions, and what they are made of.
#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <auspex/ml_backend.hpp>
#include <auspex/model_bytes.hpp>

#include "flat_trees.hpp"
#include "gradients.hpp"
#include "library.hpp"

namespace auspex_xgboost {

/// How margins become predictions. share: they are the classes' shares already, and are divided by their sum.
enum class Link : std::uint64_t { identity = 1, logistic = 2, softmax = 3, share = 4 };

/// Margin of output k: base[k] + scale * the sum of the trees.
struct Trees {
  std::string_view name;  ///< of the backend: bytes of another are refused
  Link link = Link::identity;
  std::uint64_t class_count = 0;
  std::uint64_t columns = 0;
  double scale = 1;
  std::vector<double> base;
  FlatTrees flat;       ///< what predicts
  std::string booster;  ///< XGBoost's own bytes: what explains

  static constexpr std::uint64_t format_version = 1;

  [[nodiscard]] std::string bytes() const {
    auspex::byte_writer out(name, format_version);
    for (const auto value : {std::uint64_t(link), class_count, columns, std::uint64_t(base.size())}) out.integer(value);
    out.real(scale);
    for (const double value : base) out.real(value);
    flat.write(out);
    out.text(booster);
    return out.finish();
  }

  /// Throws std::invalid_argument for bytes that are damaged or of another backend, or made for a matrix of another shape.
  Trees(std::string_view bytes, std::string_view backend, const auspex::matrix& asked) : name(backend) {
    auspex::byte_reader in(bytes, backend, format_version);
    link = Link(in.integer());
    class_count = in.integer();
    columns = in.integer();
    const auto outputs = in.integer();
    scale = in.real();
    if (link < Link::identity || link > Link::share || outputs > in.left()) {
      throw std::invalid_argument("the model's head is damaged");
    }
    for (std::uint64_t k = 0; k < outputs; ++k) base.push_back(in.real());
    flat = FlatTrees::read(in, columns, outputs);
    booster = in.text();
    in.finish();
    auspex::require_same_shape(asked, std::size_t(columns), std::size_t(class_count));
    if (base.size() != asked.outputs()) throw std::invalid_argument("the model's number of outputs is wrong");
  }

  /// Takes over what was trained.
  void keep(const Booster& trained) {
    booster = trained.bytes();
    flat = FlatTrees(booster);
  }

  Trees(std::string_view backend, Link by, const auspex::matrix& matrix)
      : name(backend), link(by), class_count(matrix.class_count()), columns(matrix.columns()), base(matrix.outputs(), 0.0) {}

  /// Sets base and scale of a regression to the weighted mean and deviation: trees grow on standardised labels.
  void centre(std::span<const double> labels, std::span<const double> weights) {
    double total = 0, sum = 0, squares = 0;
    for (std::size_t r = 0; r < labels.size(); ++r) {
      total += weights[r];
      sum += weights[r] * labels[r];
    }
    base[0] = sum / total;
    for (std::size_t r = 0; r < labels.size(); ++r) squares += weights[r] * (labels[r] - base[0]) * (labels[r] - base[0]);
    scale = squares > 0 ? std::sqrt(squares / total) : 1;
  }

  void predict(const auspex::matrix& matrix, std::span<double> out) const {
    const auto sums = sums_of(matrix);
    const auto width = std::max<std::size_t>(1, matrix.class_count());
    for (std::size_t r = 0; r < matrix.rows(); ++r) {
      const auto row = out.subspan(r * width, width);
      if (base.size() == 1) {
        const double margin = base[0] + scale * sums[r];
        if (link == Link::identity) {
          row[0] = margin;
          continue;
        }
        row[1] = link == Link::logistic ? probability_of(margin) : std::clamp(margin, 0.0, 1.0);
        row[0] = 1 - row[1];
        continue;
      }
      for (std::size_t k = 0; k < width; ++k) row[k] = base[k] + scale * sums[r * width + k];
      if (link == Link::softmax) softmax(row);
      else divide_by_sum(row);
    }
  }

  void explain(const auspex::matrix& matrix, std::span<double> margins, std::span<double> contributions) const {
    const auto sums = sums_of(matrix);
    for (std::size_t i = 0; i < margins.size(); ++i) margins[i] = base[i % base.size()] + scale * sums[i];
    const Booster loaded(booster, matrix.threads());
    const Rows rows(matrix);
    const auto shares = loaded.contributions(rows);
    if (shares.size() != contributions.size()) throw std::runtime_error("XGBoost gave back another number of contributions");
    const auto width = matrix.columns() + 1;
    for (std::size_t i = 0; i < margins.size(); ++i) {
      const auto own = contributions.subspan(i * width, width);
      double sum = 0, size = 1;
      for (std::size_t c = 0; c < width; ++c) {
        own[c] = scale * shares[i * width + c] + (c + 1 == width ? base[i % base.size()] : 0);
        sum += own[c];
        size = std::max(size, std::abs(own[c]));
      }
      // XGBoost adds up in single precision; what that rounds goes to the constant.
      if (!(std::abs(margins[i] - sum) <= 1e-4 * size)) throw std::runtime_error("XGBoost's contributions do not add up");
      own[width - 1] += margins[i] - sum;
    }
  }

 private:
  /// Of the trees' values, rows x outputs.
  [[nodiscard]] std::vector<float> sums_of(const auspex::matrix& matrix) const {
    auspex::require_finite(matrix);
    std::vector<float> sums(matrix.rows() * base.size(), 0.0f);
    flat.add_to(matrix, base.size(), sums);
    return sums;
  }
  static void divide_by_sum(std::span<double> row) {
    double sum = 0;
    for (auto& value : row) sum += value = std::max(value, 0.0);
    for (auto& value : row) value = sum > 0 ? value / sum : 1 / double(row.size());
  }
};

}  // namespace auspex_xgboost
