#!/usr/bin/env python3
"""Changes an export at random, as somebody with every right on the database could, and says how many
of the changes the second verifier does not find.

    tamper.py EXPORT --jwks FILE --receipts FILE --heads FILE [--count N] [--seed N]

Prints the figure and the seed, and exits 1 if any change was not found.
"""

import argparse
import base64
import collections
import hashlib
import json
import random
import sys

import ed25519
from fold import Broken
from verify import ENTRY, Journal, canonical, key_set

THIEF = bytes(range(32))


def signature(seed, message):
    """Signs as RFC 8032, 5.1.6 has it: for whoever has a key that is not the service's."""
    digest = hashlib.sha512(seed).digest()
    scalar = int.from_bytes(digest[:32], "little") & ((1 << 254) - 8) | (1 << 254)
    public = encoded(ed25519._times(scalar, ed25519.BASE))
    nonce = int.from_bytes(hashlib.sha512(digest[32:] + message).digest(), "little") % ed25519.L
    point = encoded(ed25519._times(nonce, ed25519.BASE))
    challenge = hashlib.sha512(point + public + message).digest()
    number = (nonce + int.from_bytes(challenge, "little") % ed25519.L * scalar) % ed25519.L
    return public, point + number.to_bytes(32, "little")


def encoded(point):
    inverse = pow(point[2], ed25519.P - 2, ed25519.P)
    x, y = point[0] * inverse % ed25519.P, point[1] * inverse % ed25519.P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def checkpoint(payload):
    """A checkpoint signed by the thief."""
    public, _ = signature(THIEF, b"")
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": b64(public)}
    kid = b64(hashlib.sha256(canonical(jwk).encode()).digest())
    header = {"alg": "EdDSA", "jwk": jwk, "kid": kid, "typ": "tradein-checkpoint+jws"}
    head = f"{b64(canonical(header).encode())}.{b64(canonical(payload).encode())}"
    return kid, public, f"{head}.{b64(signature(THIEF, head.encode())[1])}"


def chained(entries):
    """The entries numbered and hashed anew from the first on."""
    prev, lines = "0" * 64, []
    for seq, entry in enumerate(entries, 1):
        entry = {k: v for k, v in entry.items() if k != "hash"} | {"seq": seq, "prev": prev}
        prev = hashlib.sha256(ENTRY + canonical(entry).encode()).hexdigest()
        lines.append(canonical(entry | {"hash": prev}))
    return lines


def changed(entry, rng):
    """One member of an entry, changed to something that could stand there."""
    entry = dict(entry)
    member = rng.choice([m for m in entry if m not in ("hash", "v", "pool", "seq", "prev")])
    value = entry[member]
    if member == "amount":
        entry[member] = f"{int(float(value)) + rng.choice((1, 100, 14000))}.00"
    elif member == "position":
        entry[member] = (value or 0) + rng.choice((-1, 1, 5))
    elif member in ("from", "to"):
        entry[member] = rng.choice([b for b in ("free", "reserved", "committed", "paid", None) if b != value])
    elif member == "kind":
        entry[member] = rng.choice([k for k in ("reserved", "paid", "approved", "lapsed", "waiting") if k != value])
    elif member == "actor":
        entry[member] = rng.choice([a for a in ("dealer", "staff", "operator", "system") if a != value])
    elif member == "at":
        entry[member] = value[:-2] + ("1" if value[-2] != "1" else "2") + "Z"
    elif member == "detail":
        entry[member] = "f" * 64 if value is None else None
    else:
        entry[member] = hashlib.sha256(str(rng.random()).encode()).hexdigest()
    return entry


def tampered(entries, rng):
    """The name of a change, and the entries after it."""
    entries, at = list(entries), rng.randrange(1, len(entries))
    what = rng.choice(("changed", "removed", "doubled", "swapped", "cut"))
    if what == "changed":
        entries[at] = changed(entries[at], rng)
    elif what == "removed":
        del entries[at]
    elif what == "doubled":
        entries.insert(at, entries[at])
    elif what == "swapped":
        other = rng.randrange(1, len(entries))
        if other == at:
            other = 1 if at > 1 else len(entries) - 1
        entries[at], entries[other] = entries[other], entries[at]
    else:
        del entries[at:]
    return what, entries


def found(lines, keys, receipts, heads):
    """Whether the verifier finds anything wrong."""
    journal = Journal(keys)
    try:
        for line in lines:
            journal.line(line)
        if set(journal.pools) != journal.ended:
            raise Broken("no checkpoint")
        for receipt in receipts:
            journal.receipt(receipt)
        for head in heads:
            journal.earlier(head)
    except (Broken, KeyError, TypeError, AttributeError):
        return True
    return False


def attack(lines, keys, rng):
    """The name of an attack, the lines after it, and the keys that the verifier trusts."""
    entries = [json.loads(line) for line in lines[:-1]]
    what, after = tampered(entries, rng)
    how = rng.choice(("plain", "chained", "signed by a thief", "signed by a stolen key"))
    if how == "plain":
        text = [canonical(entry) for entry in after] + lines[-1:]
        return f"{what}, {how}", text, keys
    text = chained(after)
    if how == "chained":
        return f"{what}, {how}", text + lines[-1:], keys
    journal = Journal({})
    try:
        for line in text:
            journal.line(line)
        head = next(iter(journal.pools.values())).head()
    except (Broken, KeyError, TypeError):
        return f"{what}, {how}", text + lines[-1:], keys
    kid, public, jws = checkpoint(head)
    trusted = keys | {kid: public} if how.endswith("stolen key") else keys
    return f"{what}, {how}", text + [canonical({"checkpoint": jws})], trusted


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("export")
    for name in ("--jwks", "--receipts", "--heads"):
        parser.add_argument(name, required=True)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=random.randrange(2**32))
    asked = parser.parse_args()
    read = lambda path: open(path, encoding="utf-8").read().splitlines()
    lines, receipts, heads = read(asked.export), read(asked.receipts), read(asked.heads)
    keys, rng = key_set(asked.jwks), random.Random(asked.seed)
    if found(lines, keys, receipts, heads):
        print("the export is broken before anything was changed", file=sys.stderr)
        return 1
    tried, missed = collections.Counter(), []
    for _ in range(asked.count):
        name, text, trusted = attack(lines, keys, rng)
        tried[name.split(", ")[1]] += 1
        if not found(text, trusted, receipts, heads):
            missed.append(name)
    kinds = ", ".join(f"{count} {name}" for name, count in sorted(tried.items()))
    print(f"seed {asked.seed}: {asked.count - len(missed)} of {asked.count} changes found ({kinds})")
    for name in missed[:10]:
        print(f"not found: {name}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
