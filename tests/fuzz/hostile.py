"""Hostile input, made: texts, YAML, labels, and files damaged byte by byte. The same for the same `Random`."""

import json
import struct
import zlib
from collections.abc import Sequence
from random import Random

TEXTS = (
    "", " ", "_", ".", "..", "../..", "/", "\\", "/etc/passwd", "..\\..\\x", "C:\\x", "CON", "a/b", "a\\b", "~", "-x",
    "\0", "a\0b", "\n", "a\nb", "\r\n", "\t", "\x1b[2J", "\x7f", "\x85", "\u2028", "\ufeff", "\u200b", "\u200d",
    "\u202e", "\u202eabc", "\u2066x\u2069", "\u0627\u0644", "\u05d0\u05d1 a \u05d2", "a\u0301" * 40, "\u0301", "\ud800",
    "\udce9", "\U0001f468\u200d\U0001f373", "\U0010ffff", "\uffff", "\ufffd", "먹기", "日常", "ffi", "ß", "İ", "²", "١",
    "x" * 80, "x" * 81, "x" * 10_000, "\u202e" * 10_000, "W" * 80, "<script>alert(1)</script>", "{{ 7 * 7 }}", "a&b\"'",
    "=1+1", "@x", "%s%n", "{0}", "unsure", "other", "null", "true", "1", "1e400", "nan", "train", "val", "test", ".x",
    "a,b", "a;b", 'say "hi"', "a: b", "#", "&a", "*a", "!!int", "<<", "|", ">", "%", "`", "a" * 255, "é" * 128,
)  # fmt: skip
NUMBERS = (
    "0", "-0", "1", "-1", "0.5", ".5", "1e-4", "1e400", "-1e400", ".inf", "-.inf", ".nan", "NaN", "inf", "0x10", "0o17",
    "0b1", "1_000", "1:30", "1:30.5", ":".join(["59"] * 400), ":".join(["59"] * 400) + ".5", "9" * 30, "9" * 400,
    "9" * 5000, "1e-400", "2**31", "4294967296", "9223372036854775808", "-9223372036854775809", "2001-01-01",
    "2020-13-45", "2001-01-01T00:00:00+99:99", "0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "+", "-", "0x",
    "0b", "1__", "_1", "1e", "08",
)  # fmt: skip
TAGS = (
    "!!int", "!!float", "!!bool", "!!null", "!!str", "!!binary", "!!timestamp", "!!seq", "!!map", "!!set", "!!omap",
    "!!pairs", "!!merge", "!!value", "!!yaml", "!x", "!", "!!python/name:os.system", "!<x>", "!<>", "!!", "!%20",
)  # fmt: skip
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "latin-1", "cp1252", "utf-7")


def text(random: Random) -> str:
    """One of TEXTS, several in a row, or random characters of any plane."""
    kind = random.random()
    if kind < 0.6:
        return random.choice(TEXTS)
    if kind < 0.8:
        return "".join(random.choices(TEXTS, k=random.randint(2, 4)))[:12_000]
    top = random.choice((0x20, 0x7F, 0x250, 0x3000, 0x10FFFF))
    return "".join(chr(random.randint(0, top)) for _ in range(random.choice((1, 3, 12, 90))))


def quoted(random: Random) -> str:
    """A text as YAML may write it: bare, or quoted with escapes."""
    value = text(random)
    if random.random() < 0.3:
        return value
    return json.dumps(value, ensure_ascii=random.random() < 0.7)


def scalar(random: Random) -> str:
    kind = random.random()
    value = random.choice(NUMBERS) if kind < 0.4 else quoted(random) if kind < 0.8 else random.choice(TEXTS[60:])
    return f"{random.choice(TAGS)} {value}" if random.random() < 0.15 else value


def value(random: Random, depth: int = 0) -> str:
    """A YAML value in flow style."""
    kind = random.random()
    if depth > 3 or kind < 0.6:
        return scalar(random)
    items = [value(random, depth + 1) for _ in range(random.randint(0, 4))]
    start = f"{random.choice(TAGS)} " if random.random() < 0.05 else f"&a{depth} " if random.random() < 0.1 else ""
    if kind < 0.8:
        return f"{start}[{', '.join(items)}]"
    pairs = [f"{random.choice((scalar(random), '<<', '? [a]'))}: {item}" for item in items]
    return f"{start}{{{', '.join(pairs)}}}"


def bomb(random: Random) -> str:
    """YAML that grows: aliases of aliases, merges of merges, nesting."""
    levels, width = random.choice((3, 9, 30)), random.choice((2, 10))
    kind = random.randrange(7)
    if kind == 0:
        lines = ["a0: &a0 [x, x]"]
        return "\n".join(lines + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels)])
    if kind == 1:
        lines = ["a0: &a0 {x: 1}"]
        return "\n".join(
            lines + [f"a{n}: &a{n} {{<<: [{', '.join([f'*a{n - 1}'] * width)}]}}" for n in range(1, levels)]
        )
    if kind == 2:
        lines = ["a0: &a0 {x: 1}"]
        pairs = [", ".join(f"k{place}: *a{n - 1}" for place in range(width)) for n in range(1, levels)]
        return "\n".join(lines + [f"a{n}: &a{n} {{{pair}}}" for n, pair in enumerate(pairs, 1)])
    depth = random.choice((50, 300, 900, 3000))
    if kind == 3:
        return "a: " + "[" * depth + "]" * random.choice((0, depth))
    if kind == 4:
        return "{a: " * depth + "}" * random.choice((0, depth))
    if kind == 5:
        return "\n".join(" " * n + "a:" for n in range(min(depth, 600)))
    return random.choice(
        ("a: &a [*a]", "a: &a {b: *a}", "a: &a {<<: *a}", "&a {*a : 1}", "<<: [1]", "<<: x", "? *a\n: 1")
    )


def encoded(random: Random, document: str) -> bytes:
    """Mostly UTF-8; else another encoding, or with damaged bytes."""
    kind = random.random()
    data = document.encode("utf-8", "surrogatepass")
    if kind < 0.75:
        return data
    if kind < 0.85:
        return document.encode(random.choice(ENCODINGS), "replace")
    return damaged(random, data)


def document(random: Random, keys: Sequence[str], good: Sequence[str]) -> bytes:
    """A YAML file: lines of `keys` ("a.b.c") with hostile values, a `good` document with changes, or a bomb."""
    kind = random.random()
    if kind < 0.06:
        return encoded(random, bomb(random))
    if kind < 0.12:
        return damaged(random, random.choice(good).encode())
    if kind < 0.15:
        return encoded(random, f"{random.choice(good)}\n{bomb(random)}\n")
    lines: list[str] = []
    for key in random.choices(keys, k=random.randint(1, 5)):
        *groups, leaf = key.split(".")
        leaf = leaf if random.random() < 0.85 else quoted(random) or leaf
        lines += [f"{'  ' * depth}{group}:" for depth, group in enumerate(groups)]
        lines.append(f"{'  ' * len(groups)}{leaf}: {value(random)}")
    return encoded(random, "\n".join(lines) + "\n")


def labels(random: Random) -> list[str]:
    """Two to six class names, sometimes one, none, many, or the same twice."""
    count = random.choice((0, 1, 2, 2, 3, 3, 6))
    some = [text(random) for _ in range(count)]
    return some + some[:1] if random.random() < 0.1 else some


def damaged(random: Random, data: bytes) -> bytes:
    """Bytes flipped, cut out, repeated, overwritten with extreme numbers, or the end missing."""
    changed = bytearray(data)
    for _ in range(random.choice((1, 1, 2, 4, 16))):
        if not changed:
            break
        at = random.randrange(len(changed))
        kind = random.randrange(7)
        if kind == 0:
            changed[at] = random.randrange(256)
        elif kind == 1:
            changed[at] ^= 1 << random.randrange(8)
        elif kind == 2:
            del changed[at:]
        elif kind == 3:
            del changed[at : at + random.choice((1, 4, 64, 1000))]
        elif kind == 4:
            changed[at:at] = changed[at : at + random.choice((1, 4, 64, 1000))]
        elif kind == 5:
            extreme = random.choice((0, 1, 0x7F, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, 60_000))
            changed[at : at + 4] = struct.pack(random.choice("<>") + "I", extreme)
        else:
            changed[at:at] = random.randbytes(random.choice((1, 3, 20)))
    return bytes(changed)


def png(width: int, height: int, *, depth: int = 8, colour: int = 2, rows: bytes = bytes(99)) -> bytes:
    """A PNG whose header says `width` x `height`, whatever `rows` holds."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(rows))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND", b"")
