"""Makes `dirty` and `dirty.LOG1` out of `SOFTWARE`: the hive before a change, and the change as Windows 8.1 logs it."""

import os
import struct
import sys

FOLDER = os.path.dirname(os.path.abspath(sys.argv[0]))
SEED = 0x82EF4D887A4E55C5


def marvin32(data):
    rotate = lambda word, by: ((word << by) | (word >> (32 - by))) & 0xFFFFFFFF
    low, high = SEED & 0xFFFFFFFF, SEED >> 32
    data += b"\x80" + bytes(-(len(data) + 1) % 4) + bytes(4)
    for (word,) in struct.iter_unpack("<I", data):
        low = (low + word) & 0xFFFFFFFF
        high ^= low
        low = (rotate(low, 20) + high) & 0xFFFFFFFF
        high = rotate(high, 9) ^ low
        low = (rotate(low, 27) + high) & 0xFFFFFFFF
        high = rotate(high, 19)
    return struct.pack("<II", low, high)


def with_checksum(block):
    checksum = 0
    for (word,) in struct.iter_unpack("<I", block[:508]):
        checksum ^= word
    return block[:508] + struct.pack("<I", checksum) + block[512:]


after = open(os.path.join(FOLDER, "SOFTWARE"), "rb").read()
base, page_bytes = after[:4096], 4096
# Before: the pages of the change hold only what looks like a bin with nothing in it, but for the first.
changed = [(at, after[4096 + at : 4096 + at + page_bytes]) for at in range(page_bytes, len(after) - 4096, page_bytes)]
before = bytearray(after)
for at, page in changed:
    before[4096 + at : 4096 + at + page_bytes] = page[:32] + struct.pack("<i", 4064) + bytes(4060)
hive_bytes = len(after) - 4096
before[4:12] = struct.pack("<II", 8, 7)
log_base = bytearray(base[:512])
log_base[4:12] = struct.pack("<II", 7, 7)
log_base[28:32] = struct.pack("<I", 6)
body = b"".join(struct.pack("<II", at, len(page)) for at, page in changed) + b"".join(page for _, page in changed)
size = (40 + len(body) + 511) // 512 * 512
body = body.ljust(size - 40, b"\0")
head = b"HvLE" + struct.pack("<IIIII", size, 0, 7, hive_bytes, len(changed)) + marvin32(body)
entry = head + marvin32(head) + body
open(os.path.join(FOLDER, "dirty"), "wb").write(with_checksum(bytes(before)))
open(os.path.join(FOLDER, "dirty.LOG1"), "wb").write(with_checksum(bytes(log_base)) + entry)
