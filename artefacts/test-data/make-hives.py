"""Makes the small hives of this folder with hivex (Debian: python3-hivex), from a hive with nothing but its root."""

import os
import struct
import sys

import hivex

SZ, EXPAND, BINARY, DWORD, MULTI = 1, 2, 3, 4, 7


def empty(path, file_name):
    """Writes a hive of one bin with a root key, as the format's specification describes it."""
    root = struct.pack("<2sHQIIIIIIIIIIIIIIIHH", b"nk", 0x2C, 0x01D1EE0000000000, 0, 0xFFFFFFFF, 0, 0, 0xFFFFFFFF, 0xFFFFFFFF,
                       0, 0xFFFFFFFF, 0x78, 0xFFFFFFFF, 0, 0, 0, 0, 0, 4, 0) + b"ROOT"
    security = struct.pack("<2sHIIII", b"sk", 0, 0x78, 0x78, 1, 20) + bytes([1, 0, 4, 0x80]) + bytes(16)
    cells = b""
    for content in (root, security):
        size = (len(content) + 4 + 7) // 8 * 8
        if content is root:
            size = 0x58  # so that the next cell lies at 0x78
        cells += struct.pack("<i", -size) + content.ljust(size - 4, b"\0")
    bin_header = b"hbin" + struct.pack("<IIQQI", 0, 4096, 0, 0x01D1EE0000000000, 0)
    free = 4096 - len(bin_header) - len(cells)
    page = bin_header + cells + struct.pack("<i", free).ljust(free, b"\0")
    base = b"regf" + struct.pack("<IIQIIIIIII", 1, 1, 0x01D1EE0000000000, 1, 5, 0, 1, 0x20, 4096, 1)
    base += file_name.encode("utf-16le")[-62:].ljust(64, b"\0")
    base = base.ljust(508, b"\0")
    checksum = 0
    for (word,) in struct.iter_unpack("<I", base):
        checksum ^= word
    with open(path, "wb") as hive:
        hive.write((base + struct.pack("<I", checksum)).ljust(4096, b"\0") + page)


def text(value):
    return (value + "\0").encode("utf-16le")


def fill(hive, keys):
    """Adds keys and values: `{path: [(name, type, bytes)]}`."""
    for path, values in keys.items():
        node = hive.root()
        for name in path.split("\\"):
            node = hive.node_get_child(node, name) or hive.node_add_child(node, name)
        hive.node_set_values(node, [{"key": k, "t": t, "value": v} for k, t, v in values])


def shimcache():
    """The cache of Windows 10 with one program."""
    path = "C:\\Windows\\system32\\DiskMgers.dll".encode("utf-16le")
    entry = struct.pack("<H", len(path)) + path + struct.pack("<QI", 0x01D1EE0000000000, 0)
    return struct.pack("<I", 0x34).ljust(0x34, b"\0") + b"10ts" + struct.pack("<II", 0, len(entry)) + entry


HIVES = {
    "SYSTEM": {
        "Select": [("Current", DWORD, struct.pack("<I", 2))],
        "ControlSet001\\Services\\Old": [("ImagePath", EXPAND, text("old.sys"))],
        "ControlSet002\\Services\\DiskMgr": [
            ("ImagePath", EXPAND, text("%SystemRoot%\\system32\\svchost.exe -k netsvcs")),
            ("DisplayName", SZ, text("Disk Performance Manager")),
            ("Start", DWORD, struct.pack("<I", 2)),
        ],
        "ControlSet002\\Services\\DiskMgr\\Parameters": [("ServiceDll", EXPAND, text("C:\\Windows\\system32\\DiskMgers.dll"))],
        "ControlSet002\\Control\\Session Manager\\AppCompatCache": [("AppCompatCache", BINARY, shimcache())],
        "ControlSet002\\Services\\bam\\State\\UserSettings\\S-1-5-21-1-2-3-1001": [
            ("\\Device\\HarddiskVolume2\\Program Files\\Common Files\\McAfee\\McAfee.exe", BINARY,
             struct.pack("<QQQ", 0x01D1EE0000000000, 0, 0)),
        ],
    },
    "SOFTWARE": {
        "Microsoft\\Windows\\CurrentVersion\\Run": [
            ("McAfee", SZ, text('"C:\\Program Files\\Common Files\\McAfee\\McAfee.exe" /s')),
            ("", SZ, text("default")),
        ],
        "Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\Run": [("x86", SZ, text("C:\\x86.exe"))],
        "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\{0A1B}": [
            ("Path", SZ, text("\\Microsoft\\Windows\\DiskPerf")),
            ("Actions", BINARY, struct.pack("<H", 3) + b"".join(
                struct.pack("<I", len(part)) + part for part in [text("LocalSystem")[:-2]])
             + struct.pack("<H", 0x6666) + b"".join(
                struct.pack("<I", len(part)) + part
                for part in [b"", text("C:\\Windows\\diskperf.exe")[:-2], text("-y")[:-2], b""]) + b"\0\0"),
        ],
        "Policies\\Names": [("list", MULTI, text("một") + text("hai") + b"\0\0")],
    },
    "NTUSER.DAT": {
        "Software\\Microsoft\\Windows\\CurrentVersion\\RunOnce": [("upd", SZ, text("rundll32 C:\\Users\\an\\upd.dll,Start"))],
        "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist\\{CEBFF5CD}\\Count": [
            ("{1NP14R77-02R7-4R5Q-O744-2RO1NR5198O7}\\pzq.rkr", BINARY,
             bytes(60) + struct.pack("<QI", 0x01D1EE0000000000, 0)),
        ],
        "Environment": [("TEMP", EXPAND, text("%USERPROFILE%\\AppData\\Local\\Temp"))],
    },
    "Amcache.hve": {
        "Root\\InventoryApplicationFile\\diskperf.exe|1": [
            ("LowerCaseLongPath", SZ, text("c:\\windows\\diskperf.exe")),
            ("FileId", SZ, text("00008c073b63d85cbf48bd742a62c7a59eeb064da74d")),
        ],
        "Root\\File\\{vol}\\10000abc": [
            ("15", SZ, text("C:\\Windows\\system32\\DiskMgers.dll")),
            ("101", SZ, text("000046844b0acf2bb67adbf2304a61be07738d2ddd64")),
        ],
    },
}

for name, keys in HIVES.items():
    path = os.path.join(os.path.dirname(os.path.abspath(sys.argv[0])), name)
    empty(path, name)
    hive = hivex.Hivex(path, write=True)
    fill(hive, keys)
    hive.commit(None)
