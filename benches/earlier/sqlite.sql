PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :claims)
INSERT INTO claims (id, pool_id, number, position, programme, version_id, dealer_id, state, amount,
    sealed, content_mac, nonce, person_hash, keys, reasons, warnings, submitted_us, held_us,
    changed_us, revision)
SELECT unhex(printf('%032x', n)), x':pool', printf('EARLIER-%09d', n), n,
    'henan-car-replacement-2025', 1, unhex(printf('%032x', n % 500)), 'paid', 750000,
    randomblob(976), randomblob(32), randomblob(16), randomblob(16), randomblob(68), '[]', '[]',
    n, n, n, 1
FROM numbers;
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :claims)
INSERT INTO answers (claim_id, key_hash, fingerprint, body, mac)
SELECT unhex(printf('%032x', n)), randomblob(16), randomblob(16), hex(randomblob(640)), randomblob(32)
FROM numbers;
WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < :claims)
INSERT INTO journal (pool_id, seq, at_us, kind, actor, claim_id, commitment, position, amount,
    from_bucket, to_bucket, private_hash, prev_hash, hash)
SELECT x':pool', n, n, 'reserved', 'dealer', unhex(printf('%032x', n)), randomblob(32), n, 750000,
    'free', 'reserved', randomblob(32), randomblob(32), randomblob(32)
FROM numbers;
WITH RECURSIVE numbers(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < 5 * :claims)
INSERT INTO claim_keys_cold (key_hash, ordinal, claim_id, kind)
SELECT randomblob(16) AS key_hash, 1, unhex(printf('%032x', n / 5 + 1)),
    CASE n % 5 WHEN 0 THEN 'vin_old' WHEN 1 THEN 'vin_new' WHEN 2 THEN 'invoice' WHEN 3 THEN 'unit'
        ELSE 'request' END
FROM numbers ORDER BY 1;
INSERT INTO key_moves (generation, total, prefixes)
SELECT page, max(place), unhex(group_concat(hex(substr(key_hash, 1, 8)), ''))
FROM (SELECT key_hash, row_number() OVER (ORDER BY key_hash) AS place,
        (row_number() OVER (ORDER BY key_hash) - 1) / 100000 + 1 AS page FROM claim_keys_cold)
GROUP BY page;
ANALYZE;
PRAGMA journal_mode = WAL;
