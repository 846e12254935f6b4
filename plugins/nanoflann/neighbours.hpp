// The nearest other rows of every row.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <thread>
#include <utility>
#include <vector>

#include <nanoflann.hpp>

#include "scikit_order.hpp"

namespace auspex_nanoflann {

/// rows x count, each row's sorted by distance, then index. A row is not its own neighbour; its duplicates are. Of rows that
/// are equally far the same ones count as in scikit-learn.
struct Neighbours {
  std::size_t count = 0;
  std::vector<std::uint32_t> indices;
  std::vector<double> distances;  ///< Euclidean
};

/// What nanoflann asks of a set of points.
struct Cloud {
  const std::vector<double>& values;
  std::size_t columns;

  [[nodiscard]] std::size_t kdtree_get_point_count() const { return values.size() / columns; }
  [[nodiscard]] double kdtree_get_pt(std::size_t row, std::size_t column) const { return values[row * columns + column]; }
  template <class Box>
  bool kdtree_get_bbox(Box&) const {
    return false;
  }
};

/// values: rows x columns; 1 <= count < rows. The same on any number of threads.
inline Neighbours nearest_neighbours(const std::vector<double>& values, std::size_t columns, std::size_t count,
                                     int threads) {
  const Cloud cloud{values, columns};
  const auto rows = cloud.kdtree_get_point_count();
  using Tree = nanoflann::KDTreeSingleIndexAdaptor<nanoflann::L2_Simple_Adaptor<double, Cloud>, Cloud, -1, std::uint32_t>;
  const Tree tree(int(columns), cloud, nanoflann::KDTreeSingleIndexAdaptorParams(16));
  const ScikitOrder ties(values, columns);
  Neighbours found{count, std::vector<std::uint32_t>(rows * count), std::vector<double>(rows * count)};
  const auto search = [&](std::size_t begin, std::size_t end) {
    // One more than is needed, itself apart: where it is as far as the last one, there is a tie.
    const auto wanted = std::min(count + 2, rows);
    std::vector<std::uint32_t> indices(wanted);
    std::vector<double> squares(wanted);
    std::vector<std::pair<double, std::uint32_t>> near;
    std::vector<ScikitOrder::Near> heap;
    for (std::size_t row = begin; row < end; ++row) {
      tree.knnSearch(values.data() + row * columns, wanted, indices.data(), squares.data());
      near.clear();
      if (wanted == count + 2 && squares[count] == squares[count + 1]) {
        ties.nearest(row, count + 1, heap);
        for (const auto& each : heap) near.emplace_back(each.square, each.row);
        std::sort(near.begin(), near.end());
      } else {
        for (std::size_t i = 0; i <= count; ++i) near.emplace_back(squares[i], indices[i]);
      }
      // Where there are more duplicates than neighbours, the row itself need not be among them: then one of them goes.
      const auto self = std::find_if(near.begin(), near.end(), [&](const auto& each) { return each.second == row; });
      near.erase(self == near.end() ? near.begin() : self);
      std::sort(near.begin(), near.end());
      for (std::size_t i = 0; i < count; ++i) {
        found.indices[row * count + i] = near[i].second;
        found.distances[row * count + i] = std::sqrt(near[i].first);
      }
    }
  };
  constexpr std::size_t fewest_a_thread = 2000;
  const auto parts = std::clamp<std::size_t>(rows / fewest_a_thread, 1, std::size_t(std::max(1, threads)));
  std::vector<std::exception_ptr> thrown(parts);
  std::vector<std::thread> others;
  const auto part = [&](std::size_t i) {
    try {
      search(rows * i / parts, rows * (i + 1) / parts);
    } catch (...) {
      thrown[i] = std::current_exception();
    }
  };
  for (std::size_t i = 1; i < parts; ++i) others.emplace_back(part, i);
  part(0);
  for (auto& each : others) each.join();
  for (const auto& each : thrown) {
    if (each) std::rethrow_exception(each);
  }
  return found;
}

}  // namespace auspex_nanoflann
