#include <cstring>
#include <optional>

#include <elf.h>
#include <link.h>

#include <fmt/format.h>

#include "plugin/loading.hpp"

namespace auspex::plugin {
namespace {

#if defined(__x86_64__)
constexpr int this_machine = EM_X86_64;
#elif defined(__aarch64__)
constexpr int this_machine = EM_AARCH64;
#else
#error "name this machine's e_machine here"
#endif

std::string machine_name(int machine) {
  switch (machine) {
    case EM_X86_64: return "x86-64";
    case EM_AARCH64: return "arm64";
    case EM_386: return "x86 (32 bit)";
    case EM_ARM: return "arm (32 bit)";
    case EM_RISCV: return "RISC-V";
    case EM_PPC64: return "POWER";
    case EM_S390: return "IBM Z";
    default: return fmt::format("machine {}", machine);
  }
}

[[noreturn]] void refuse_truncated(const char* part, std::size_t size) {
  throw Refused{"truncated", fmt::format("the file is cut off: its {} lies beyond its {} bytes", part, size),
                "copy or build it again", {}};
}

// A bounds-checked reader of the file's bytes.
class Image {
 public:
  explicit Image(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool holds(std::uint64_t offset, std::uint64_t size) const {
    return offset <= bytes_.size() && size <= bytes_.size() - offset;
  }

  template <class T>
  [[nodiscard]] T at(std::uint64_t offset) const {
    T value;
    std::memcpy(&value, bytes_.data() + offset, sizeof(T));
    return value;
  }

  [[nodiscard]] std::string_view text(std::uint64_t offset, std::uint64_t limit) const {
    const auto rest = bytes_.substr(offset, limit);
    return rest.substr(0, rest.find('\0'));
  }

 private:
  std::string_view bytes_;
};

// Calls `found` with the name and type of each symbol that a table of dynamic symbols defines for others.
template <class Found>
void each_export(const Image& image, const ElfW(Shdr)& symbols, const ElfW(Shdr)& names, Found&& found) {
  for (std::uint64_t offset = 0; offset + sizeof(ElfW(Sym)) <= symbols.sh_size; offset += sizeof(ElfW(Sym))) {
    const auto symbol = image.at<ElfW(Sym)>(symbols.sh_offset + offset);
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_name >= names.sh_size) continue;
    found(image.text(names.sh_offset + symbol.st_name, names.sh_size - symbol.st_name), ELF64_ST_TYPE(symbol.st_info));
  }
}

// The plugin symbol of the dynamic symbol table: its type, or nothing where it is not defined there.
std::optional<int> plugin_symbol_type(const Image& image, const ElfW(Shdr)& symbols, const ElfW(Shdr)& names) {
  std::optional<int> type;
  each_export(image, symbols, names, [&](std::string_view name, int of) {
    if (!type && name == AUSPEX_PLUGIN_SYMBOL) type = of;
  });
  return type;
}

}  // namespace

void check_elf(std::string_view bytes) {
  const Image image(bytes);
  if (bytes.empty()) throw Refused{"not_a_library", "the file is empty", "copy or build it again", {}};
  if (!bytes.starts_with(std::string_view(ELFMAG, SELFMAG))) {
    throw Refused{"not_a_library", "the file is not a shared library: it does not begin with the ELF magic number",
                  "a plugin is what auspex_add_plugin() builds; move other files out of the plugin folder", {}};
  }
  if (!image.holds(0, sizeof(ElfW(Ehdr)))) refuse_truncated("header", bytes.size());
  const auto header = image.at<ElfW(Ehdr)>(0);

  constexpr int this_class = sizeof(void*) == 8 ? ELFCLASS64 : ELFCLASS32;
  if (header.e_ident[EI_CLASS] != this_class || header.e_ident[EI_DATA] != ELFDATA2LSB ||
      header.e_machine != this_machine) {
    const auto order = header.e_ident[EI_DATA] == ELFDATA2LSB ? "" : ", big endian";
    const auto bits = header.e_ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    const auto swapped = header.e_ident[EI_DATA] == ELFDATA2LSB
                             ? header.e_machine
                             : static_cast<std::uint16_t>((header.e_machine >> 8) | (header.e_machine << 8));
    throw Refused{"wrong_machine",
                  fmt::format("the library is built for {} ({} bit{}); this program runs on {} ({} bit)",
                              machine_name(swapped), bits, order, machine_name(this_machine), sizeof(void*) * 8),
                  fmt::format("install the build for {}", machine_name(this_machine)), {}};
  }
  if (header.e_type != ET_DYN) {
    throw Refused{"not_a_library", header.e_type == ET_REL    ? "the file is an object file, not a shared library"
                                   : header.e_type == ET_EXEC ? "the file is a program, not a shared library"
                                                              : "the file is not a shared library",
                  "link it with auspex_add_plugin()", {}};
  }

  if (header.e_phentsize != sizeof(ElfW(Phdr)) ||
      !image.holds(header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(ElfW(Phdr)))) {
    refuse_truncated("program header table", bytes.size());
  }
  for (std::uint64_t i = 0; i < header.e_phnum; ++i) {
    const auto segment = image.at<ElfW(Phdr)>(header.e_phoff + i * sizeof(ElfW(Phdr)));
    if (!image.holds(segment.p_offset, segment.p_filesz)) refuse_truncated("program segment", bytes.size());
  }

  // Without section headers (removed by some strippers) the look-up after loading decides about the symbol.
  if (header.e_shoff == 0 || header.e_shnum == 0) return;
  if (header.e_shentsize != sizeof(ElfW(Shdr)) ||
      !image.holds(header.e_shoff, std::uint64_t{header.e_shnum} * sizeof(ElfW(Shdr)))) {
    refuse_truncated("section table", bytes.size());
  }
  const auto section = [&](std::uint64_t i) { return image.at<ElfW(Shdr)>(header.e_shoff + i * sizeof(ElfW(Shdr))); };
  bool has_symbols = false;
  std::optional<int> type;
  for (std::uint64_t i = 0; i < header.e_shnum; ++i) {
    const auto symbols = section(i);
    if (symbols.sh_type != SHT_NOBITS && !image.holds(symbols.sh_offset, symbols.sh_size)) {
      refuse_truncated("section", bytes.size());
    }
    if (symbols.sh_type != SHT_DYNSYM || symbols.sh_link >= header.e_shnum) continue;
    const auto names = section(symbols.sh_link);
    if (!image.holds(names.sh_offset, names.sh_size)) refuse_truncated("table of symbol names", bytes.size());
    has_symbols = true;
    if (!type) type = plugin_symbol_type(image, symbols, names);
  }
  if (!has_symbols) return;
  if (!type) {
    throw Refused{"not_a_plugin", "the library does not export the symbol '" AUSPEX_PLUGIN_SYMBOL "'",
                  "a plugin has AUSPEX_PLUGIN(...) in one source file and is built by auspex_add_plugin()", {}};
  }
  if (*type != STT_OBJECT) {
    throw Refused{"not_a_plugin", "the library exports '" AUSPEX_PLUGIN_SYMBOL "', but not as data",
                  "the symbol is the plugin's entry itself, not a function that returns it", {}};
  }
}

std::vector<std::string> exported_symbols(std::string_view bytes) {
  check_elf(bytes);
  const Image image(bytes);
  const auto header = image.at<ElfW(Ehdr)>(0);
  std::vector<std::string> names;
  const auto section = [&](std::uint64_t i) { return image.at<ElfW(Shdr)>(header.e_shoff + i * sizeof(ElfW(Shdr))); };
  for (std::uint64_t i = 0; header.e_shoff != 0 && i < header.e_shnum; ++i) {
    const auto symbols = section(i);
    if (symbols.sh_type != SHT_DYNSYM || symbols.sh_link >= header.e_shnum) continue;
    each_export(image, symbols, section(symbols.sh_link), [&](std::string_view name, int) { names.emplace_back(name); });
  }
  return names;
}

}  // namespace auspex::plugin
