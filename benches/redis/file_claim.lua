-- The usual answer to a flash sale: set-if-absent for what may be claimed once, a decrement of
-- what is left, a list for the order. No journal, no limits, no registers, no pool row.
-- KEYS: the answer, then what may be claimed once. ARGV: claim, amount, sealed content, and
-- 'refused' where the rules say so already.
local before = redis.call('GET', KEYS[1])
if before then
    return {'replay', 0, 0}
end
local state = ARGV[4] == 'refused' and 'refused' or 'reserved'
for i = 2, #KEYS do
    if redis.call('EXISTS', KEYS[i]) == 1 then
        state = 'refused'
    end
end
local ordinal = redis.call('INCR', 'ordinal')
local place = 0
if state ~= 'refused' then
    for i = 2, #KEYS do
        redis.call('SET', KEYS[i], ARGV[1])
    end
    local amount = tonumber(ARGV[2])
    if redis.call('GET', 'waiting') == '0' and tonumber(redis.call('GET', 'free')) >= amount then
        redis.call('DECRBY', 'free', amount)
    else
        state = 'waiting'
        redis.call('INCR', 'waiting')
    end
    place = redis.call('RPUSH', 'line', ARGV[1])
end
redis.call('SET', 'c' .. ARGV[1], ARGV[3])
redis.call('SET', KEYS[1], state .. ':' .. ordinal .. ':' .. place)
return {state, ordinal, place}
