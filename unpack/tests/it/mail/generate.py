"""Writes random messages and what Python's own parser finds in them, for the test beside this file.

Lines: `M <base64 of a message>`, then `P <hexadecimal name> <base64 of the content>` for each part that is no multipart.
"""
import base64
import email
import email.policy
import random
import sys
from email.header import Header
from email.message import EmailMessage
from email.mime.application import MIMEApplication
from email.mime.base import MIMEBase
from email.mime.message import MIMEMessage
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email import encoders

seed, count = int(sys.argv[1]), int(sys.argv[2])
rng = random.Random(seed)

NAMES = [
    "a.exe", "bảng lương tháng 8.exe", "with space.doc", 'quote".txt', "semi;colon.js", "(paren).dat",
    "x" * 120 + ".pdf", "ảnh" * 40 + ".png", "Résumé.TEXT", "comma,name.bin", "日本語.lnk", "tab\tname.vbs", "100%.txt",
    "it's.txt", "a=b.txt", "back\\slash.txt",
]
WORDS = ["xin chào", "tocsin", "=3D", "From the start", "--", "--boundary", ".", "é", "\t", "begin here", "x" * 90]


def content():
    size = rng.choice([0, 1, 2, 3, 56, 57, 58, 300, 700])
    return bytes(rng.randrange(256) for _ in range(size))


def text():
    return "\n".join(" ".join(rng.choice(WORDS) for _ in range(rng.randrange(6))) for _ in range(rng.randrange(8))) + "\n"


def modern(depth=0):
    message = EmailMessage(policy=rng.choice([email.policy.SMTP, email.policy.default]))
    message["From"] = "a@example.com"
    message["To"] = "b@example.com"
    message["Subject"] = rng.choice(["plain", "thử nghiệm"])
    message.set_content(text(), cte=rng.choice(["base64", "quoted-printable", "8bit"]))
    if rng.random() < 0.5:
        message.add_alternative("<p>" + text() + "</p>", subtype="html", cte=rng.choice(["base64", "quoted-printable"]))
    for _ in range(rng.randrange(4)):
        message.add_attachment(
            content(), maintype="application", subtype=rng.choice(["octet-stream", "zip"]), filename=rng.choice(NAMES)
        )
    if depth < 2 and rng.random() < 0.4:
        message.add_attachment(modern(depth + 1) if rng.random() < 0.5 else reparsed(legacy(depth + 1)))
    return message


def reparsed(message):
    return email.message_from_bytes(message.as_bytes(), policy=email.policy.default)


def legacy(depth=0):
    message = MIMEMultipart(rng.choice(["mixed", "related", "digest"]) if depth == 0 else "mixed")
    message["From"] = "a@example.com"
    message["Date"] = "Wed, 03 Aug 2016 10:00:00 +0700"
    message.preamble = rng.choice([None, "This is a message in parts.\n"])
    message.epilogue = rng.choice([None, "", "The end\n"])
    if rng.random() < 0.7:
        message.attach(MIMEText(text(), "plain", rng.choice(["utf-8", "utf-8"])))
    for _ in range(rng.randrange(4)):
        name = rng.choice(NAMES)
        style = rng.randrange(4)
        if style == 0:
            part = MIMEApplication(content(), name=Header(name, "utf-8").encode())
        elif style == 1:
            part = MIMEBase("application", "x-thing")
            part.set_payload(content())
            encoders.encode_base64(part)
            part.add_header("Content-Disposition", "attachment", filename=("utf-8", "vi", name))
        elif style == 2:
            part = MIMEBase("image", "png")
            part.set_payload(content())
            encoders.encode_quopri(part)
            part.add_header("Content-Disposition", "inline", filename=name.encode("ascii", "replace").decode())
        else:
            part = MIMEApplication(content())
        message.attach(part)
    if depth < 2 and rng.random() < 0.4:
        message.attach(MIMEMessage(legacy(depth + 1)))
    return message


for _ in range(count):
    raw = (modern() if rng.random() < 0.5 else legacy()).as_bytes()
    if rng.random() < 0.3:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    print("M", base64.b64encode(raw).decode())
    parsed = email.message_from_bytes(raw)
    for part in parsed.walk():
        if part.is_multipart():
            continue
        payload = part.get_payload(decode=True) or b""
        name = part.get_filename() or ""
        if "=?" in name:
            name = str(email.header.make_header(email.header.decode_header(name)))
        print("P", "-" + name.encode("utf-8", "surrogateescape").hex(), base64.b64encode(payload).decode())
