#include "plugin/shared_memory.hpp"

#include <algorithm>
#include <cerrno>
#include <new>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "base/error.hpp"

namespace auspex::plugin {
namespace {

constexpr std::size_t first_size = 64 * 1024;

}  // namespace

SharedMemory::SharedMemory() {
  descriptor_ = ::memfd_create("auspex-call", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (descriptor_ < 0) throw Error(Fault::found, fmt::format("no memory to share with a process: {}", std::strerror(errno)));
  // Whoever shrank it would crash the other side.
  ::fcntl(descriptor_, F_ADD_SEALS, F_SEAL_SHRINK);
  reserve(first_size);
}

SharedMemory::SharedMemory(int descriptor, bool writable) : descriptor_(descriptor), writable_(writable) { follow(); }

SharedMemory::~SharedMemory() {
  if (data_ != nullptr) ::munmap(data_, size_);
  if (descriptor_ >= 0) ::close(descriptor_);
}

void SharedMemory::reserve(std::size_t size) {
  if (size <= size_) return;
  size = std::max(size, size_ * 2);
  if (::ftruncate(descriptor_, off_t(size)) != 0) throw std::bad_alloc();
  map(size);
}

void SharedMemory::follow() {
  struct stat state = {};
  if (::fstat(descriptor_, &state) != 0) throw std::bad_alloc();
  if (std::size_t(state.st_size) > size_) map(std::size_t(state.st_size));
}

void SharedMemory::map(std::size_t size) {
  auto* made = ::mmap(nullptr, size, writable_ ? PROT_READ | PROT_WRITE : PROT_READ, MAP_SHARED, descriptor_, 0);
  if (made == MAP_FAILED) throw std::bad_alloc();
  if (data_ != nullptr) ::munmap(data_, size_);
  data_ = static_cast<std::byte*>(made);
  size_ = size;
}

std::size_t Packer::skip(std::size_t size) {
  const auto offset = at_;
  at_ += (size + 7) / 8 * 8;
  memory_.reserve(at_);
  return offset;
}

}  // namespace auspex::plugin
