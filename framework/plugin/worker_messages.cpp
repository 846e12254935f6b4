#include "plugin/worker_messages.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <sys/socket.h>
#include <sys/uio.h>

namespace auspex::plugin {
namespace {

constexpr std::size_t most_descriptors = 3;

}  // namespace

bool send_message(int socket, const void* head, std::size_t head_size, std::string_view text, std::span<const int> descriptors) {
  iovec parts[] = {{const_cast<void*>(head), head_size}, {const_cast<char*>(text.data()), text.size()}};
  alignas(cmsghdr) char room[CMSG_SPACE(most_descriptors * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = parts;
  message.msg_iovlen = 2;
  if (!descriptors.empty()) {
    message.msg_control = room;
    message.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    auto* control = CMSG_FIRSTHDR(&message);
    control->cmsg_level = SOL_SOCKET;
    control->cmsg_type = SCM_RIGHTS;
    control->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(control), descriptors.data(), descriptors.size_bytes());
  }
  for (;;) {
    if (::sendmsg(socket, &message, MSG_NOSIGNAL) >= 0) return true;
    if (errno != EINTR) return false;
  }
}

std::size_t receive_message(int socket, void* buffer, std::size_t size, std::span<int> descriptors) {
  iovec part = {buffer, size};
  alignas(cmsghdr) char room[CMSG_SPACE(most_descriptors * sizeof(int))] = {};
  msghdr message = {};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  if (!descriptors.empty()) {
    message.msg_control = room;
    message.msg_controllen = sizeof room;
  }
  std::fill(descriptors.begin(), descriptors.end(), -1);
  for (;;) {
    const auto n = ::recvmsg(socket, &message, MSG_CMSG_CLOEXEC);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return 0;
    for (auto* control = CMSG_FIRSTHDR(&message); control != nullptr; control = CMSG_NXTHDR(&message, control)) {
      if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_RIGHTS) continue;
      const auto bytes = std::min(std::size_t(control->cmsg_len) - CMSG_LEN(0), descriptors.size_bytes());
      std::memcpy(descriptors.data(), CMSG_DATA(control), bytes);
    }
    return std::size_t(n);
  }
}

}  // namespace auspex::plugin
