"""damage.py HOW GOOD BAD: a library cut off or of another machine, made from a good one."""
import struct
import sys

how, good, bad = sys.argv[1:]
with open(good, "rb") as file:
    data = bytearray(file.read())
if how == "truncate":
    data = data[: len(data) // 2]
elif how == "header":
    data = data[:40]
elif how == "machine":
    machine = struct.unpack_from("<H", data, 18)[0]
    struct.pack_into("<H", data, 18, 243 if machine != 243 else 62)  # RISC-V
else:
    sys.exit("unknown damage " + how)
with open(bad, "wb") as file:
    file.write(data)
