"""Signatures of RFC 8032 (Ed25519), verified with nothing but whole numbers.

Slow and plain on purpose: this verifier shares no code with the program it checks.
"""

import hashlib

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def _add(a, b):
    """The sum of two points in extended coordinates (RFC 8032, 5.1.4)."""
    a1, b1 = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = b1 - a1, d - c, d + c, b1 + a1
    return e * f % P, g * h % P, f * g % P, e * h % P


def _times(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total


def _same(a, b):
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0


def _point(encoded):
    """The point that 32 bytes stand for, or None (RFC 8032, 5.1.3)."""
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    if x & 1 != sign:
        x = P - x
    return x, y, 1, x * y % P


_Y = 4 * pow(5, P - 2, P) % P
BASE = _point(_Y.to_bytes(32, "little"))


def verified(key, message, signature):
    """Whether 64 bytes are the signature of a message by the holder of a key of 32 bytes."""
    if len(key) != 32 or len(signature) != 64:
        return False
    signer, nonce = _point(key), _point(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if signer is None or nonce is None or number >= L:
        return False
    digest = hashlib.sha512(signature[:32] + key + message).digest()
    challenge = int.from_bytes(digest, "little") % L
    return _same(_times(number, BASE), _add(nonce, _times(challenge, signer)))
