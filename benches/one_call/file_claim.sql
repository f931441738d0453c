-- The whole admission of one claim as one call: replay, registers, keys, guarded update of the
-- pool, claim, entry, answer. The same rows as everywhere else, but for two things that only
-- help it: the entry's hash is taken over fewer bytes, and the answer is kept without words.
CREATE FUNCTION file_claim(
    p_pool bytea, p_series text, p_answer bytea, p_fingerprint bytea, p_claim bytea,
    p_programme text, p_version bigint, p_dealer bytea, p_amount bigint, p_reasons text,
    p_sealed bytea, p_mac bytea, p_nonce bytea, p_person bytea, p_warnings text,
    p_keys bytea[], p_kinds text[], p_limits bigint[], p_persons bytea[], p_vins bytea[]
) RETURNS TABLE (
    out_state text, out_ordinal bigint, out_position bigint, out_seq bigint, out_us bigint,
    out_hash bytea
) LANGUAGE plpgsql AS $$
DECLARE
    at_us bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
    outcome text := 'reserved';
    amount bigint := p_amount;
    packed bytea := ''::bytea;
    held bigint;
    pool record;
    place bigint;
    entry bytea;
BEGIN
    PERFORM 1 FROM claim_keys WHERE key_hash = p_answer;
    IF FOUND THEN
        RETURN QUERY SELECT 'replay', 0::bigint, 0::bigint, 0::bigint, 0::bigint, ''::bytea;
        RETURN;
    END IF;
    IF p_reasons <> '[]' THEN
        outcome := 'refused';
    END IF;
    PERFORM 1 FROM awards WHERE person_hash = ANY(p_persons) OR vin_hash = ANY(p_vins);
    IF FOUND THEN
        outcome := 'refused';
    END IF;
    IF outcome <> 'refused' THEN
        FOR i IN 1 .. coalesce(array_length(p_keys, 1), 0) LOOP
            SELECT count(*) INTO held FROM claim_keys WHERE key_hash = p_keys[i];
            IF held >= p_limits[i] THEN
                outcome := 'refused';
                EXIT;
            END IF;
            INSERT INTO claim_keys (key_hash, ordinal, claim_id, kind)
                VALUES (p_keys[i], held + 1, p_claim, p_kinds[i]);
            packed := packed || p_keys[i] || set_byte('\x00'::bytea, 0, (held + 1)::int);
        END LOOP;
    END IF;
    IF outcome = 'refused' THEN
        DELETE FROM claim_keys WHERE claim_id = p_claim AND key_hash = ANY(p_keys);
        amount := 0;
        packed := ''::bytea;
        UPDATE pools SET next_ordinal = next_ordinal + 1, head_seq = head_seq + 1
            WHERE id = p_pool RETURNING * INTO pool;
    ELSE
        UPDATE pools SET free = free - p_amount, reserved = reserved + p_amount,
            next_ordinal = next_ordinal + 1, next_position = next_position + 1,
            head_seq = head_seq + 1
            WHERE id = p_pool AND free >= p_amount AND (remainder = 'fit' OR waiting = 0)
            RETURNING * INTO pool;
        IF NOT FOUND THEN
            outcome := 'waiting';
            UPDATE pools SET waiting = waiting + 1, next_ordinal = next_ordinal + 1,
                next_position = next_position + 1, head_seq = head_seq + 1
                WHERE id = p_pool RETURNING * INTO pool;
        END IF;
        place := pool.next_position - 1;
        INSERT INTO dealer_usage (pool_id, dealer_id, held) VALUES (p_pool, p_dealer, p_amount)
            ON CONFLICT (pool_id, dealer_id)
            DO UPDATE SET held = dealer_usage.held + excluded.held;
    END IF;
    entry := sha256(pool.head_hash || p_mac || int8send(pool.head_seq));
    UPDATE pools SET head_hash = entry, head_us = at_us WHERE id = p_pool;
    INSERT INTO claims (id, pool_id, number, position, programme, version_id, dealer_id, state,
        amount, sealed, content_mac, nonce, person_hash, keys, reasons, warnings, submitted_us,
        held_us, changed_us, revision)
        VALUES (p_claim, p_pool, p_series || '-' || (pool.next_ordinal - 1), place, p_programme,
            p_version, p_dealer, outcome, amount, p_sealed, p_mac, p_nonce, p_person, packed,
            p_reasons, p_warnings, at_us, CASE WHEN outcome = 'reserved' THEN at_us END, at_us, 1);
    INSERT INTO journal (pool_id, seq, at_us, kind, actor, claim_id, commitment, position, amount,
        from_bucket, to_bucket, private_hash, prev_hash, hash)
        VALUES (p_pool, pool.head_seq, at_us, outcome, 'dealer', p_claim, p_mac, place, amount,
            CASE WHEN outcome = 'reserved' THEN 'free' END,
            CASE WHEN outcome = 'reserved' THEN 'reserved' END, p_mac, pool.head_hash, entry);
    INSERT INTO claim_keys (key_hash, ordinal, claim_id, kind)
        VALUES (p_answer, 1, p_claim, 'request');
    INSERT INTO answers (key_hash, fingerprint, claim_id, body, mac)
        VALUES (p_answer, p_fingerprint, p_claim,
            json_build_object('state', outcome, 'position', place, 'amount', amount,
                'programme', p_programme, 'reasons', p_reasons)::text, p_mac);
    RETURN QUERY SELECT outcome, pool.next_ordinal - 1, place, pool.head_seq, at_us, entry;
END $$;
