// Which of several rows at the same distance are the nearest: those that scikit-learn's k-d tree meets first.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <vector>

namespace auspex_nanoflann {

/// The tree, the order of the search and the heap of sklearn.neighbors.KDTree (leaf_size 30). Values of tables are often
/// whole numbers, so that many rows lie equally far; a local outlier factor depends on which of them count.
class ScikitOrder {
 public:
  /// values: rows x columns.
  ScikitOrder(const std::vector<double>& values, std::size_t columns)
      : values_(values), columns_(columns), order_(values.size() / columns) {
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    const auto levels = std::size_t(std::log2(std::max(1.0, double(order_.size() - 1) / leaf_size)) + 1);
    nodes_.resize((std::size_t{1} << levels) - 1);
    bounds_.resize(nodes_.size() * 2 * columns_);
    build(0, 0, order_.size());
  }

  struct Near {
    double square;
    std::uint32_t row;
  };

  /// The `count` nearest rows to a row, itself among them where duplicates do not displace it; in no order.
  void nearest(std::size_t row, std::size_t count, std::vector<Near>& heap) const {
    heap.assign(count, {std::numeric_limits<double>::infinity(), 0});
    search(0, values_.data() + row * columns_, least_square(0, values_.data() + row * columns_), heap);
  }

 private:
  static constexpr double leaf_size = 30;

  struct Node {
    std::size_t begin = 0, end = 0;
    bool leaf = true;
  };

  [[nodiscard]] double at(std::size_t row, std::size_t column) const { return values_[row * columns_ + column]; }

  void build(std::size_t node, std::size_t begin, std::size_t end) {
    nodes_[node] = {begin, end, 2 * node + 1 >= nodes_.size() || end - begin < 2};
    std::size_t split = 0;
    double widest = 0;
    for (std::size_t c = 0; c < columns_; ++c) {
      double low = std::numeric_limits<double>::infinity(), high = -low;
      for (auto i = begin; i < end; ++i) {
        low = std::min(low, at(order_[i], c));
        high = std::max(high, at(order_[i], c));
      }
      bounds_[(node * columns_ + c) * 2] = low;
      bounds_[(node * columns_ + c) * 2 + 1] = high;
      if (high - low > widest) {
        widest = high - low;
        split = c;
      }
    }
    if (nodes_[node].leaf) return;
    const auto middle = begin + (end - begin) / 2;
    std::nth_element(order_.begin() + std::ptrdiff_t(begin), order_.begin() + std::ptrdiff_t(middle),
                     order_.begin() + std::ptrdiff_t(end), [&](std::size_t a, std::size_t b) {
                       return at(a, split) == at(b, split) ? a < b : at(a, split) < at(b, split);
                     });
    build(2 * node + 1, begin, middle);
    build(2 * node + 2, middle, end);
  }

  [[nodiscard]] double least_square(std::size_t node, const double* point) const {
    double sum = 0;
    for (std::size_t c = 0; c < columns_; ++c) {
      const double low = bounds_[(node * columns_ + c) * 2] - point[c],
                   high = point[c] - bounds_[(node * columns_ + c) * 2 + 1];
      const double d = 0.5 * ((low + std::abs(low)) + (high + std::abs(high)));
      sum += d * d;
    }
    return sum;
  }

  void search(std::size_t node, const double* point, double least, std::vector<Near>& heap) const {
    if (least > heap.front().square) return;
    if (nodes_[node].leaf) {
      for (auto i = nodes_[node].begin; i < nodes_[node].end; ++i) {
        double sum = 0;
        for (std::size_t c = 0; c < columns_; ++c) sum += (point[c] - at(order_[i], c)) * (point[c] - at(order_[i], c));
        push(heap, {sum, std::uint32_t(order_[i])});
      }
      return;
    }
    const auto left = 2 * node + 1, right = left + 1;
    const double to_left = least_square(left, point), to_right = least_square(right, point);
    if (to_left <= to_right) {
      search(left, point, to_left, heap);
      search(right, point, to_right, heap);
    } else {
      search(right, point, to_right, heap);
      search(left, point, to_left, heap);
    }
  }

  /// Puts the new one in the place of the farthest, the heap's root, unless it is as far.
  static void push(std::vector<Near>& heap, Near near) {
    if (near.square >= heap.front().square) return;
    std::size_t at = 0;
    for (;;) {
      const auto left = 2 * at + 1, right = left + 1;
      if (left >= heap.size()) break;
      const auto larger = right >= heap.size() || heap[left].square >= heap[right].square ? left : right;
      if (near.square >= heap[larger].square) break;
      heap[at] = heap[larger];
      at = larger;
    }
    heap[at] = near;
  }

  const std::vector<double>& values_;
  std::size_t columns_;
  std::vector<std::size_t> order_;
  std::vector<Node> nodes_;
  std::vector<double> bounds_;
};

}  // namespace auspex_nanoflann
