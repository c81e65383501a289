#!/bin/sh
# Makes volume.img.gz with mkntfs and ntfs-3g (Debian: ntfs-3g, attr); needs root and FUSE.
set -eu
image=$(mktemp)
folder=$(mktemp -d)
truncate -s 2M "$image"
mkntfs -q -F -L TOCSIN -c 4096 "$image" >/dev/null
ntfs-3g -o compression,streams_interface=windows "$image" "$folder"
(
    cd "$folder"
    mkdir -p Windows/System32 "thư mục" gone
    seq 1 30000 | head -c 6000 >Windows/System32/plain.dll
    echo "stream" >Windows/System32/plain.dll:evil
    printf '[ZoneTransfer]\r\nZoneId=3\r\nHostUrl=http://playball.ddns.info/x.exe\r\n' >Windows/System32/plain.dll:Zone.Identifier
    ln Windows/System32/plain.dll Windows/linked.dll
    echo xin >"thư mục/tệp.txt"
    echo root >tiny.txt
    # Compressed by NTFS: text, nothing, and what cannot be made smaller.
    mkdir compressed
    setfattr -h -v 0x00000800 -n system.ntfs_attrib_be compressed
    seq 1 20000 | head -c 40000 | tr 2-9 ab >compressed/text.txt
    head -c 200000 /dev/zero >compressed/zeros.bin
    sha512sum /dev/null | head -c 100 >compressed/short.txt
    # Packed by Compact OS: twice 4096 times x, packed as MS-XCA says, and 96 bytes as they are.
    python3 - <<'PYTHON'
import struct

def packed():
    # Two codes of one bit: the byte x, and a match at distance one whose length follows.
    table = bytearray(256)
    for symbol in (ord("x"), 256 + 15):
        table[symbol // 2] |= 1 << (4 * (symbol % 2))
    return bytes(table) + struct.pack("<HHBH", 0b01 << 14, 0, 255, 4095 - 3)

chunks = [packed(), packed(), b"the end".ljust(96, b".")]
starts = struct.pack("<II", len(chunks[0]), 2 * len(chunks[0]))
open("compact.exe", "wb").close()
open("compact.exe:WofCompressedData", "wb").write(starts + b"".join(chunks))
PYTHON
    truncate -s 8288 compact.exe
    setfattr -h -n system.ntfs_reparse_data -v 0x170000801000000001000000020000000100000000000000 compact.exe
    echo "was here" >gone/deleted.txt
    sync
    rm gone/deleted.txt
    rmdir gone
)
umount "$folder"
rmdir "$folder"
# The table of capital letters does not become smaller, and nothing here reads it.
python3 - "$image" <<'PYTHON'
import sys
image = open(sys.argv[1], "rb").read()
start = image.index(b"".join(bytes([letter, 0]) for letter in range(64)))
open(sys.argv[1], "wb").write(image[:start] + bytes(131072) + image[start + 131072:])
PYTHON
gzip -9 -n -c "$image" >"$(dirname "$0")/volume.img.gz"
rm "$image"
