# Proves that evidence.jsonl is a piece of one chain: python3 verify.py (needs nothing but Python 3).
import hashlib, json

previous, whole, withheld = None, 0, 0
for raw in open("evidence.jsonl", "rb"):
    raw = raw.rstrip(b"\n")
    line = json.loads(raw)
    number = line["number"]
    if previous not in (None, line["previous"]):
        raise SystemExit(f"line {number}: the line before it was changed or is missing")
    if "entry" in line:
        entry = raw[raw.index(b',"entry":') + len(b',"entry":') : -1]
        said = number.to_bytes(8, "little") + line["previous"].encode() + entry
        if hashlib.sha256(said).hexdigest() != line["digest"]:
            raise SystemExit(f"line {number} was changed")
        whole += 1
    else:
        withheld += 1
    previous = line["digest"]
print(f"the chain holds: {whole} lines are whole, {withheld} of others are withheld; the last digest here is {previous}")
