"""What schemathesis does not know of the service: who may call what, what there is, and bodies
that get further than the first check. Loaded by schemathesis itself (SCHEMATHESIS_HOOKS).

Whatever is chosen follows from the case alone, so a seed repeats it.
"""

import atexit
import collections
import hashlib
import json
import os
import random
import time
import urllib.parse
import urllib.request

import schemathesis

with open(os.environ["TRADEIN_FUZZED_WORLD"], encoding="utf-8") as file:
    WORLD = json.load(file)

# A token is good for fifteen minutes.
TOKEN_SECONDS = 600
SAMPLES = {
    "/v1/claims": WORLD["claims"],
    "/v1/claims/check": WORLD["claims"],
    "/v1/claims/{id}/correction": WORLD["claims"],
}
TEXTS = {
    "/v1/programmes": WORLD["packs"],
    "/v1/payout-outcomes": WORLD["outcomes"],
    "/v1/claims/{id}/papers/{paper}": WORLD["papers"],
}

tokens = {}
# Ids that answers have told, by the part of the address that they belong to.
known = {kind: list(ids) for kind, ids in WORLD["known"].items()}
# The version of a claim that was told last.
tags = dict(WORLD["tags"])
# How often each operation gave which status.
answers = collections.defaultdict(collections.Counter)


@atexit.register
def tell():
    """Says what was answered, for the test that started this."""
    with open(os.environ["TRADEIN_FUZZED_ANSWERS"], "w", encoding="utf-8") as file:
        json.dump(answers, file)


def allowed(table):
    """For each route the roles that may call it; none for what is public."""
    lines = table.splitlines()
    roles = lines[0].split()[3:]
    routes = {}
    for line in lines[1:]:
        method, path, _, *words = line.split()
        routes[method, path] = [r for r, word in zip(roles, words) if word == "allowed"]
    return routes


ROUTES = allowed(WORLD["permissions"])


def token(role):
    """A fresh token of this role."""
    kept = tokens.get(role)
    if kept is None or kept[1] < time.monotonic():
        client, secret = WORLD["clients"][role]
        form = {"grant_type": "client_credentials", "client_id": client, "client_secret": secret}
        address = WORLD["url"] + "/oauth/token"
        with urllib.request.urlopen(address, urllib.parse.urlencode(form).encode()) as answer:
            kept = (json.load(answer)["access_token"], time.monotonic() + TOKEN_SECONDS)
        tokens[role] = kept
    return kept[0]


def dice(case):
    """Chance that is the same for the same case."""
    parts = [case.method, case.path, case.path_parameters, case.query, dict(case.headers)]
    text = repr([parts, case.body, case.media_type])
    return random.Random(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest())


def kind_of(path, name):
    """Which ids a parameter takes."""
    if name in ("uscc", "paper", "code", "account", "file"):
        return name
    if name in ("name", "pool"):
        return "pools"
    if name == "batch":
        return "payout-batches"
    return path.split("/")[2]


def spoil(value, chance):
    """The value with one leaf taken out or replaced, now and then."""
    if isinstance(value, dict) and value:
        key = chance.choice(sorted(value))
        changed = dict(value)
        if chance.random() < 0.2:
            del changed[key]
        else:
            changed[key] = spoil(changed[key], chance)
        return changed
    odd = [None, "", "\u0000", "9" * 30, -1, 1e300, [], {}, True, "0.001", "2025-02-30", "\U0001f697"]
    return chance.choice(odd)


@schemathesis.serializer("application/pdf", "application/ofd", "application/toml", "image/jpeg", "image/png")
def as_it_is(context, value):
    """Files are sent as they are."""
    text = value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
    return {"data": text}


@schemathesis.hook
def before_call(context, case, kwargs):
    """Chooses the caller, and puts in what there is."""
    chance = dice(case)
    roles = ROUTES.get((case.method, case.path), [])
    luck = chance.random()
    if roles and luck < 0.9:
        role = chance.choice(roles)
    elif 0.9 <= luck < 0.95:
        role = chance.choice(sorted(WORLD["clients"]))
    else:
        role = None
    if role is not None:
        case.headers["Authorization"] = "Bearer " + token(role)
    for name in case.path_parameters or {}:
        there = known.get(kind_of(case.path, name))
        if there and chance.random() < 0.7:
            case.path_parameters[name] = chance.choice(there)
        elif case.path_parameters[name] == WORLD["seller"]:
            # The document's example: suspended, it would get no token any more.
            case.path_parameters[name] = known["uscc"][0]
    if "If-Match" in case.headers and chance.random() < 0.8:
        tag = tags.get(case.path_parameters.get("id"))
        if tag is not None:
            case.headers["If-Match"] = tag
    if case.path in SAMPLES and chance.random() < 0.7:
        sample = chance.choice(SAMPLES[case.path])
        case.body = spoil(sample, chance) if chance.random() < 0.5 else sample
        case.media_type = "application/json"
    elif case.path in TEXTS and chance.random() < 0.7:
        case.media_type, case.body = chance.choice(TEXTS[case.path])
    elif isinstance(case.body, dict) and "pool" in case.body and chance.random() < 0.7:
        case.body["pool"] = chance.choice(known["pools"])


@schemathesis.hook
def after_call(context, case, response):
    """Counts, and learns ids and versions."""
    answers[case.operation.definition.raw["operationId"]][str(response.status_code)] += 1
    if not 200 <= response.status_code < 300:
        return
    kind = "account" if "bank-account" in case.path else case.path.split("/")[2:3]
    kind = kind if isinstance(kind, str) else (kind[0] if kind else "")
    try:
        answer = json.loads(response.content)
    except ValueError:
        return
    items = answer.get("items", [answer]) if isinstance(answer, dict) else []
    for item in items:
        if isinstance(item, dict) and isinstance(item.get("id"), str):
            ids = known.setdefault(kind, [])
            if item["id"] not in ids:
                ids.append(item["id"])
            tag = response.headers.get("etag")
            if tag and item is answer:
                tags[item["id"]] = tag[0]
