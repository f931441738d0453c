SET statement_timeout = 0;
INSERT INTO claims (id, pool_id, number, position, programme, version_id, dealer_id, state, amount,
    sealed, content_mac, nonce, person_hash, keys, reasons, warnings, submitted_us, held_us,
    changed_us, revision)
SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), '\x:pool', 'EARLIER-' || lpad(n::text, 9, '0'), n,
    'henan-car-replacement-2025', 1, decode(lpad(to_hex(n % 500), 32, '0'), 'hex'), 'paid', 750000,
    decode(repeat(md5(n::text), 61), 'hex'), decode(repeat(md5('m' || n), 2), 'hex'),
    decode(md5('n' || n), 'hex'), decode(md5('p' || n), 'hex'), decode(repeat(md5('k' || n), 4), 'hex'),
    '[]', '[]', n, n, n, 1
FROM generate_series(1, :claims) AS n;
INSERT INTO answers (claim_id, key_hash, fingerprint, body, mac)
SELECT decode(lpad(to_hex(n), 32, '0'), 'hex'), decode(md5('5' || n), 'hex'),
    decode(md5('f' || n), 'hex'), repeat(md5('b' || n), 40), decode(repeat(md5('a' || n), 2), 'hex')
FROM generate_series(1, :claims) AS n;
INSERT INTO journal (pool_id, seq, at_us, kind, actor, claim_id, commitment, position, amount,
    from_bucket, to_bucket, private_hash, prev_hash, hash)
SELECT '\x:pool', n, n, 'reserved', 'dealer', decode(lpad(to_hex(n), 32, '0'), 'hex'),
    decode(repeat(md5('c' || n), 2), 'hex'), n, 750000, 'free', 'reserved',
    decode(repeat(md5('h' || n), 2), 'hex'), decode(repeat(md5('v' || n), 2), 'hex'),
    decode(repeat(md5('j' || n), 2), 'hex')
FROM generate_series(1, :claims) AS n;
INSERT INTO claim_keys_cold (key_hash, ordinal, claim_id, kind)
SELECT decode(md5(k || n::text), 'hex') AS key_hash, 1, decode(lpad(to_hex(n), 32, '0'), 'hex'),
    (ARRAY['vin_old', 'vin_new', 'invoice', 'unit', 'request'])[k]
FROM generate_series(1, :claims) AS n, generate_series(1, 5) AS k
ORDER BY key_hash;
INSERT INTO key_moves (generation, total, prefixes)
SELECT page, max(place), string_agg(substring(key_hash FROM 1 FOR 8), ''::bytea)
FROM (SELECT key_hash, row_number() OVER (ORDER BY key_hash) AS place,
        (row_number() OVER (ORDER BY key_hash) - 1) / 100000 + 1 AS page FROM claim_keys_cold) AS keys
GROUP BY page;
VACUUM (ANALYZE, FREEZE) claims;
VACUUM (ANALYZE, FREEZE) answers;
VACUUM (ANALYZE, FREEZE) journal;
VACUUM (ANALYZE, FREEZE) claim_keys_cold;
CHECKPOINT;
