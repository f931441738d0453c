"""The fold: what the entries of one pool give, and every rule that one of them may break."""

import hashlib
import re

HELD = {"reserved", "in_review", "returned", "recommended", "rejection_proposed"}
STAGES = {"intake", "allocation", "payout"}
HEX = re.compile(r"[0-9a-f]{64}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")
AMOUNT = re.compile(r"(0|[1-9]\d*)\.(\d\d)")
ACTORS = {"dealer", "staff", "operator", "system"}
# Entries about the pool: where money goes, and what the detail is.
OF_POOL = {
    "opened": ("funding", "free"), "topped_up": ("funding", "free"),
    "transferred_out": ("free", "funding"), "transferred_in": ("funding", "free"),
    "set_aside": ("free", "reserved"), "aside_released": ("reserved", "free"),
    "frozen": None, "resumed": None, "batch_sealed": None, "batch_released": None,
    "batch_discarded": None, "sample_committed": None, "sample_drawn": None, "sample_revealed": None,
}
# Entries about a claim that is there: from which states, and to which one where that is fixed.
MOVES = {
    "promoted": ({"waiting"}, "reserved"),
    "placed": ({"filed"}, None),
    "paper": ({"filed", "reserved", "returned"}, None),
    "invoiced": ({"filed", "reserved"}, None),
    "review_begun": ({"reserved"}, "in_review"),
    "recommended": ({"in_review"}, "recommended"),
    "returned": ({"in_review"}, "returned"),
    "corrected": ({"returned"}, "in_review"),
    "rejection_proposed": ({"in_review"}, "rejection_proposed"),
    "rejected": ({"rejection_proposed"}, "rejected"),
    "reopened": ({"recommended", "rejection_proposed"}, "in_review"),
    "approved": ({"recommended"}, "approved"),
    "lapsed": ({"filed", "reserved", "returned"}, "lapsed"),
    "withdrawn": ({"filed", "waiting"} | HELD, "withdrawn"),
    "withdrawal_undone": ({"withdrawn"}, None),
    "voided": ({"filed", "waiting", "approved"} | HELD, "voided"),
    "goods_returned": ({"filed", "waiting", "approved"} | HELD, "goods_returned"),
    "paying": ({"approved"}, "paying"),
    "paid": ({"paying"}, "paid"),
    "payment_discarded": ({"paying"}, "approved"),
    "payment_returned": ({"paying", "paid"}, "approved"),
    "clawback_raised": ({"paid"}, "clawback_due"),
    "clawback_settled": ({"clawback_due"}, None),
    "appealed": ({"refused", "rejected", "voided"}, "appealed"),
    "appeal_won": ({"appealed"}, "in_review"),
    "appeal_lost": ({"appealed"}, None),
    "flagged": (None, None),
    "flag_cleared": (None, None),
}
# Where the detail tells the state now, the states that it may tell.
TOLD = {
    "placed": lambda was: {"in_review", "waiting", "refused"},
    "paper": lambda was: {was} | ({"in_review"} if was == "reserved" else set()),
    "invoiced": lambda was: {was} | ({"in_review"} if was == "reserved" else set()),
    "withdrawal_undone": lambda was: {"filed", "waiting", "reserved", "in_review", "returned"},
    "appeal_lost": lambda was: {"rejected", "voided"},
}
DETAILS = {
    "goods_returned": {"place_restored", "place_used"},
    "clawback_raised": {"place_restored", "place_used", "register", "invoice_voided", "invoice_voided_place_used"},
}
WHOLE = {
    "promoted", "rejected", "approved", "lapsed", "withdrawn", "withdrawal_undone", "voided",
    "goods_returned", "paying", "paid", "payment_discarded", "payment_returned", "clawback_raised",
}
PAYOUT = {"batch_sealed", "batch_released", "paying"}


class Broken(Exception):
    """A rule that the journal breaks."""


def check(holds, message):
    if not holds:
        raise Broken(message)


def fen(amount):
    """Fen as yuan."""
    return f"{amount // 100}.{amount % 100:02}"


def bucket(state):
    """Where the money of a claim in this state lies."""
    if state in HELD:
        return "reserved"
    return {"approved": "committed", "paying": "committed", "paid": "paid", "clawback_due": "paid"}.get(state)


class Claim:
    def __init__(self, state, amount, position):
        self.state, self.amount, self.position = state, amount, position
        self.before, self.settled, self.flags = None, 0, 0


class Pool:
    def __init__(self, name):
        self.name, self.seq, self.prev, self.at, self.funded = name, 0, "0" * 64, "", 0
        self.money = {"free": 0, "reserved": 0, "committed": 0, "paid": 0}
        self.claims, self.waiting, self.positions, self.aside = {}, {}, 0, 0
        self.strict, self.stopped, self.batches, self.seeds, self.drawn = None, set(), {}, set(), None

    def head(self):
        """What a checkpoint says of the pool."""
        sums = {word: fen(amount) for word, amount in self.money.items()}
        return {
            "at": self.at, "cap": fen(self.funded), "hash": self.prev, "pool": self.name, "seq": self.seq,
            "waiting": len(self.waiting), **sums,
        }

    def take(self, entry, stated):
        self.shape(entry)
        kind, free_before = entry["kind"], self.money["free"]
        amount = self.amount(entry["amount"])
        if kind in OF_POOL:
            moves = self.of_pool(kind, entry, amount)
        elif kind in ("reserved", "waiting", "filed", "refused"):
            moves = self.brought_in(kind, entry, amount, free_before)
        else:
            check(kind in MOVES, f"there is no kind {kind}")
            moves = self.of_claim(kind, entry, amount, free_before)
        check((entry["from"], entry["to"]) == (moves or (None, None)), "money goes another way")
        if moves:
            self.move(moves, amount)
        check(0 <= self.aside <= self.money["reserved"], "what is set aside is not there")
        self.rests(kind, entry, moves)
        self.seq, self.prev, self.at = self.seq + 1, stated, entry["at"]

    def shape(self, entry):
        check(entry["v"] == 1 and entry["pool"] == self.name, "is of another version or pool")
        check(entry["seq"] == self.seq + 1 and type(entry["seq"]) is int, "is not the next number")
        check(entry["prev"] == self.prev, "does not follow the entry before")
        check(TIME.fullmatch(entry["at"]) and entry["at"] >= self.at, "comes before the entry before")
        check(entry["actor"] in ACTORS, "has an unknown actor")
        check(HEX.fullmatch(entry["private"]), "has no commitment to what is private")

    @staticmethod
    def amount(text):
        found = AMOUNT.fullmatch(text)
        check(found, "has no amount")
        return int(found[1]) * 100 + int(found[2])

    def move(self, moves, amount):
        source, target = moves
        if source == "funding":
            self.funded += amount
        else:
            self.money[source] -= amount
            check(self.money[source] >= 0, f"leaves {source} below zero")
        if target == "funding":
            self.funded -= amount
        else:
            self.money[target] += amount
        check(sum(self.money.values()) == self.funded, "the sums are not what came in")

    def of_pool(self, kind, entry, amount):
        check(entry["claim"] is None and entry["position"] is None, "is about a claim")
        check((self.seq == 0) == (kind == "opened"), "a pool opens first, and once")
        detail = entry["detail"]
        if kind == "opened":
            check(detail in ("strict", "fit"), "has no rule for the remainder")
            self.strict = detail == "strict"
        elif kind in ("frozen", "resumed"):
            check(detail in STAGES and amount == 0, "names no stage")
            check((detail in self.stopped) == (kind == "resumed"), "stops or resumes twice")
            (self.stopped.discard if kind == "resumed" else self.stopped.add)(detail)
        elif kind.startswith("batch_"):
            self.batch(kind, detail, amount)
        elif kind.startswith("sample_"):
            check(detail is not None and HEX.fullmatch(detail) and amount == 0, "tells no hash")
            self.sample(kind, detail)
        else:
            check(detail is None, "has a detail")
            self.aside += {"set_aside": amount, "aside_released": -amount}.get(kind, 0)
        return OF_POOL[kind]

    def batch(self, kind, detail, amount):
        check(detail is not None and HEX.fullmatch(detail), "tells no hash of a batch")
        if kind == "batch_sealed":
            check(detail not in self.batches, "seals a batch under a hash that was used")
            self.batches[detail] = amount
        else:
            check(self.batches.get(detail) == amount, "ends a batch that is not there, or another time")
            self.batches[detail] = None

    def sample(self, kind, detail):
        if kind == "sample_committed":
            self.seeds.add(detail)
        elif kind == "sample_drawn":
            self.drawn = self.seq + 1
        else:
            told = hashlib.sha256(b"tradein.sample.seed.v1\n" + bytes.fromhex(detail)).hexdigest()
            check(told in self.seeds, "tells a seed that nobody was bound to")
            check(self.drawn == self.seq, "tells a seed apart from its list")
            self.seeds.discard(told)

    def place(self, entry):
        self.positions += 1
        check(entry["position"] == self.positions, "is not the next place")
        return self.positions

    def brought_in(self, kind, entry, amount, free_before):
        claim = entry["claim"]
        check(claim is not None and HEX.fullmatch(claim), "names no claim")
        check(claim not in self.claims, "brings a claim in twice")
        check(entry["detail"] is None, "has a detail")
        position = self.place(entry) if kind in ("reserved", "waiting") else None
        check(entry["position"] == position, "has a place")
        if kind == "refused":
            check(amount == 0, "refuses an amount")
        self.claims[claim] = Claim(kind, amount, position)
        if kind == "reserved":
            self.passes_nobody(None, free_before)
            return "free", "reserved"
        if kind == "waiting":
            self.waiting[position] = amount
        return None

    def passes_nobody(self, position, free_before):
        """Nobody who stands before `position` (or at all) is passed by who is given money."""
        ahead = [p for p in self.waiting if position is None or p < position]
        if self.strict:
            check(not ahead, "is served before who waits")
        else:
            check(not any(self.waiting[p] <= free_before for p in ahead), "passes who could be served")

    def of_claim(self, kind, entry, amount, free_before):
        claim = self.claims.get(entry["claim"])
        check(claim is not None, "is about a claim that was not brought in")
        if kind != "placed":
            check(entry["position"] in (None, claim.position), "has another place")
        source, fixed = MOVES[kind]
        was, detail = claim.state, entry["detail"]
        check(source is None or was in source, f"{kind} is no move from {was}")
        if kind in TOLD:
            check(detail in TOLD[kind](was), f"{kind} does not lead from {was} to {detail}")
            now = detail
        else:
            check(detail in DETAILS.get(kind, {None}), "has another detail")
            now = fixed or was
        if kind in WHOLE:
            check(amount == claim.amount, "is not the claim's amount")
        moves = self.moves(kind, claim, now, entry, amount)
        self.settle(claim, was, now, moves, free_before, kind)
        return moves

    def moves(self, kind, claim, now, entry, amount):
        """Where the money of the claim goes; changes what the claim asks or holds."""
        was = claim.state
        if kind in ("flagged", "flag_cleared"):
            check(amount == 0, "a flag moves money")
            claim.flags += 1 if kind == "flagged" else -1
            check(claim.flags >= 0, "clears a flag that is not there")
            return None
        if kind in ("invoiced", "corrected"):
            return self.given_back(kind, claim, was, amount)
        if kind == "clawback_settled":
            claim.settled += amount
            check(0 < amount and claim.settled <= claim.amount, "pays back more than is owed")
            claim.state = "clawed_back" if claim.settled == claim.amount else was
            return "paid", "free"
        if kind == "appeal_won":
            self.aside -= amount
            claim.amount = amount
            return None
        if kind == "placed":
            return self.placed(claim, now, entry, amount)
        if kind not in WHOLE:
            check(amount == 0, "moves an amount")
            return None
        if kind == "withdrawal_undone":
            check(now == {"recommended": "in_review", "rejection_proposed": "in_review"}.get(claim.before, claim.before),
                  "comes back as another than it was")
        if kind == "clawback_raised":
            return None
        pair = bucket(was) or "free", bucket(now) or "free"
        return None if pair[0] == pair[1] else pair

    @staticmethod
    def given_back(kind, claim, was, amount):
        check(amount <= claim.amount, "gives back more than there is")
        claim.amount -= amount
        return ("reserved", "free") if amount and bucket(was) else None

    def placed(self, claim, now, entry, amount):
        if now == "refused":
            check(amount == 0 and entry["position"] is None, "refuses with an amount or a place")
            claim.amount = 0
            return None
        check(amount == claim.amount, "is not the claim's amount")
        claim.position = self.place(entry)
        return ("free", "reserved") if now == "in_review" else None

    def settle(self, claim, was, now, moves, free_before, kind):
        """The claim's new state, the line, and who may not be passed."""
        if kind == "clawback_settled":
            return
        if kind == "appeal_lost":
            check(now == ("voided" if claim.before == "voided" else "rejected"), "leads to another end")
        if kind in ("withdrawn", "appealed"):
            claim.before = was
        if kind == "promoted":
            self.passes_nobody(claim.position, free_before)
        if kind == "placed" and now == "in_review":
            self.passes_nobody(None, free_before)
        claim.state = now
        if was == "waiting" and now != "waiting":
            del self.waiting[claim.position]
        if now == "waiting" and was != "waiting":
            self.waiting[claim.position] = claim.amount

    def rests(self, kind, entry, moves):
        if "intake" in self.stopped:
            check(kind not in ("reserved", "waiting", "filed"), "is accepted while intake is stopped")
        if "allocation" in self.stopped and entry["claim"] is not None:
            check(moves != ("free", "reserved"), "is given money while allocation is stopped")
        if "payout" in self.stopped:
            check(kind not in PAYOUT, "goes into or out of a batch while payout is stopped")
