#!/usr/bin/env python3
"""A second verifier of the public journal, written from docs/api-design.md alone.

    verify.py EXPORT [--jwks FILE] [--receipts FILE] [--heads FILE]

EXPORT is what /v1/public/journal/{pool} gave, of one pool or several behind each other. --jwks is
the service's key set; without it a checkpoint shows only that it is of one piece. --receipts has one
receipt a line, --heads one earlier head a line: {"pool", "seq", "hash"} or a checkpoint line of an
earlier export. Says one line a pool and exits 0, or the first broken line and exits 1.
"""

import argparse
import base64
import hashlib
import json
import sys

import ed25519
from fold import Broken, Pool, fen

ENTRY = b"tradein.journal.v1\n"
CLAIM = b"tradein.claim.v1\n"
MEMBERS = {
    "actor", "amount", "at", "claim", "detail", "from", "hash", "kind", "pool", "position", "prev",
    "private", "seq", "to", "v",
}


def canonical(value):
    """RFC 8785 for what stands in journals and receipts: strings, whole numbers, null, objects."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)


def unique(pairs):
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Broken("a member stands twice")
    return found


def read(text):
    try:
        return json.loads(text, object_pairs_hook=unique)
    except ValueError as error:
        raise Broken(f"is no JSON: {error}") from error


def unbase64(text):
    if "=" in text or set(text) & set("+/"):
        raise Broken("is no base64url without padding")
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except ValueError as error:
        raise Broken("is no base64url") from error


def opened(jws, typ, keys, own_key):
    """The payload of a compact JWS, whose header must have exactly what belongs there."""
    parts = jws.split(".")
    if len(parts) != 3:
        raise Broken("is no compact JWS")
    header, payload = read(unbase64(parts[0])), unbase64(parts[1])
    expected = {"alg", "kid", "typ"} | ({"jwk"} if own_key else set())
    if set(header) != expected or header["alg"] != "EdDSA" or header["typ"] != typ:
        raise Broken("has another header")
    key = keys.get(header["kid"])
    if own_key:
        jwk = header["jwk"]
        thumb = hashlib.sha256(canonical({k: jwk.get(k) for k in ("crv", "kty", "x")}).encode())
        thumb = base64.urlsafe_b64encode(thumb.digest()).rstrip(b"=").decode()
        if header["kid"] != thumb:
            raise Broken("names another key than it shows")
        shown = unbase64(jwk["x"])
        if keys and key != shown:
            raise Broken("was signed by a key that is not the service's")
        key = shown
    if key is None:
        raise Broken(f"was signed by an unknown key {header['kid']}")
    if not ed25519.verified(key, f"{parts[0]}.{parts[1]}".encode(), unbase64(parts[2])):
        raise Broken("has a wrong signature")
    return read(payload)


class Journal:
    """Every pool of an export, folded, with the hash of each entry."""

    def __init__(self, keys):
        self.keys, self.pools, self.hashes, self.claims, self.ended = keys, {}, {}, {}, set()

    def line(self, text):
        value = read(text)
        if set(value) == {"checkpoint"}:
            self.checkpoint(value["checkpoint"])
            return
        if set(value) != MEMBERS:
            raise Broken("has other members")
        if canonical(value) != text:
            raise Broken("is not in canonical form")
        name, stated = value["pool"], value.pop("hash")
        if name in self.ended:
            raise Broken(f"comes after the checkpoint of {name}")
        if hashlib.sha256(ENTRY + canonical(value).encode()).hexdigest() != stated:
            raise Broken("has another hash")
        pool = self.pools.setdefault(name, Pool(name))
        pool.take(value, stated)
        self.hashes[name, value["seq"]] = stated
        self.claims[name, value["seq"]] = value["claim"]

    def checkpoint(self, jws):
        told = opened(jws, "tradein-checkpoint+jws", self.keys, own_key=True)
        pool = self.pools.get(told.get("pool"))
        if pool is None:
            raise Broken("is the checkpoint of a pool without entries")
        if told != pool.head():
            raise Broken(f"says {told}, and the entries give {pool.head()}")
        self.ended.add(pool.name)

    def receipt(self, jws):
        told = opened(jws, "tradein-receipt+jws", self.keys, own_key=False)
        place = told["pool"], told["seq"]
        if self.hashes.get(place) != told["journal_hash"]:
            raise Broken(f"names entry {told['seq']} of {told['pool']}, which is another or none")
        opening = unbase64(told["opening"])
        commitment = hashlib.sha256(CLAIM + opening + told["number"].encode()).hexdigest()
        if self.claims[place] != commitment:
            raise Broken("opens another claim")

    def earlier(self, head):
        value = read(head)
        if set(value) == {"checkpoint"}:
            value = opened(value["checkpoint"], "tradein-checkpoint+jws", self.keys, own_key=True)
        if self.hashes.get((value["pool"], value["seq"])) != value["hash"]:
            raise Broken(f"{value['pool']} had another entry {value['seq']} before")


def key_set(path):
    if path is None:
        return {}
    with open(path, encoding="utf-8") as file:
        keys = json.load(file)["keys"]
    return {key["kid"]: unbase64(key["x"]) for key in keys if key.get("crv") == "Ed25519"}


def each_line(path, take):
    with open(path, encoding="utf-8", newline="") as file:
        for number, line in enumerate(file, 1):
            try:
                if not line.endswith("\n"):
                    raise Broken("is cut short")
                if line.strip():
                    take(line[:-1])
            except (Broken, KeyError, TypeError, AttributeError) as error:
                raise Broken(f"{path}:{number}: {error}") from error


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("export")
    for more in ("--jwks", "--receipts", "--heads"):
        parser.add_argument(more, metavar="FILE")
    asked = parser.parse_args()
    journal = Journal(key_set(asked.jwks))
    try:
        each_line(asked.export, journal.line)
        whole = set(journal.pools) - journal.ended
        if whole:
            raise Broken(f"{asked.export}: no checkpoint ends {', '.join(sorted(whole))}")
        if not journal.pools:
            raise Broken(f"{asked.export}: there is no entry")
        for path, take in ((asked.receipts, journal.receipt), (asked.heads, journal.earlier)):
            if path is not None:
                each_line(path, take)
    except (Broken, OSError, UnicodeDecodeError) as error:
        print(f"broken: {error}", file=sys.stderr)
        return 1
    for pool in journal.pools.values():
        sums = " ".join(f"{word} {fen(pool.money[word])}" for word in ("free", "reserved", "committed", "paid"))
        print(f"{pool.name}: {pool.seq} entries, {sums}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
