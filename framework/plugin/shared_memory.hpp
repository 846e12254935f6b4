// Memory that two processes see, and values laid out in it one after the other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>

#include <auspex/abi.h>

namespace auspex::plugin {

/// A growing piece of memory behind a descriptor that can be handed to another process. Move-only in effect: never copied.
class SharedMemory {
 public:
  /// Throws Error(found) where the system gives none.
  SharedMemory();
  /// Another process's; takes the descriptor over.
  SharedMemory(int descriptor, bool writable);
  ~SharedMemory();
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;

  [[nodiscard]] std::byte* data() const { return data_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] int descriptor() const { return descriptor_; }

  /// At least `size` bytes: the memory grows, and data() may move. Throws std::bad_alloc.
  void reserve(std::size_t size);

  /// Maps what the other process has grown it to.
  void follow();

 private:
  void map(std::size_t size);

  int descriptor_ = -1;
  bool writable_ = true;
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Writes values behind each other, each at a multiple of eight bytes.
class Packer {
 public:
  explicit Packer(SharedMemory& memory) : memory_(memory) {}

  template <class T>
  void put(const T& value) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes(&value, sizeof value);
  }
  template <class T>
  void list(const T* values, std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T>);
    bytes(values, count * sizeof(T));
  }
  void text(std::string_view value) {
    put(value.size());
    bytes(value.data(), value.size());
  }
  /// Room for a list that is written later, at its offset.
  std::size_t skip(std::size_t size);
  [[nodiscard]] std::byte* at(std::size_t offset) const { return memory_.data() + offset; }
  [[nodiscard]] std::size_t size() const { return at_; }

 private:
  void bytes(const void* from, std::size_t size) {
    const auto offset = skip(size);
    if (size > 0) std::memcpy(memory_.data() + offset, from, size);
  }

  SharedMemory& memory_;
  std::size_t at_ = 0;
};

/// Reads what a Packer wrote, in the same order. Throws std::out_of_range where there is less.
class Unpacker {
 public:
  Unpacker(const std::byte* data, std::size_t size) : data_(data), size_(size) {}

  template <class T>
  [[nodiscard]] T get() {
    T value;
    std::memcpy(&value, bytes(sizeof value), sizeof value);
    return value;
  }
  /// Stays where it is: valid as long as the memory.
  template <class T>
  [[nodiscard]] std::span<const T> list(std::size_t count) {
    if (count > size_ / sizeof(T)) throw std::out_of_range("a list goes beyond what was sent");
    return {reinterpret_cast<const T*>(bytes(count * sizeof(T))), count};
  }
  [[nodiscard]] std::string_view text() {
    const auto letters = list<char>(get<std::size_t>());
    return {letters.data(), letters.size()};
  }

 private:
  const std::byte* bytes(std::size_t size) {
    if (size > size_ || at_ > size_ - size) throw std::out_of_range("less was sent than is read");
    const auto* from = data_ + at_;
    at_ += (size + 7) / 8 * 8;
    return from;
  }

  const std::byte* data_;
  std::size_t size_;
  std::size_t at_ = 0;
};

}  // namespace auspex::plugin
