-- The token that all processes use, and the lease of the process that fetches the next one. Its twin,
-- token_lease.py, explains every step. The constants are put before this text when it is loaded.
-- KEYS: the token, the lease. ARGV: the command, an instant (empty: Redis' own), the process, and the rest.

local token, lease = KEYS[1], KEYS[2]
local owner, now = ARGV[3], tonumber(ARGV[2])
if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
local function whole(number) return string.format('%.0f', number) end
local function is_held_until(instant)
    redis.call('HSET', lease, 'owner', owner, 'until', whole(instant))
    redis.call('PEXPIRE', lease, math.ceil((instant - now) / 1000))
end

if ARGV[1] == 'take' then
    local rejected, is_served = ARGV[4], ARGV[5] == '1'
    local kept = redis.call('HMGET', token, 'serial', 'sealed', 'refresh_at', 'expires_at')
    if kept[1] and kept[1] == rejected and now < tonumber(kept[4]) then
        redis.call('DEL', token, lease)
        kept = {false, false, false, false}
    end
    local refresh_at, expires_at = tonumber(kept[3] or '0'), tonumber(kept[4] or '0')
    local held = redis.call('HMGET', lease, 'owner', 'until')
    local is_free = now >= tonumber(held[2] or '0') or held[1] == owner
    local is_mine = now >= refresh_at and is_free
    if is_mine then is_held_until(now + LEASE) end
    if is_mine or now >= expires_at or (now >= refresh_at and is_served) then
        return {now, is_mine and 1 or 0}
    end
    return {now, 0, kept[1], kept[2], refresh_at, expires_at}
end

if redis.call('HGET', lease, 'owner') ~= owner or now >= tonumber(redis.call('HGET', lease, 'until')) then
    return {now, 0} -- another process has the lease now, and may have a newer token
end
if ARGV[1] == 'put' then
    local serial, sealed, refresh_at, expires_at = ARGV[4], ARGV[5], ARGV[6], tonumber(ARGV[7])
    redis.call('HSET', token, 'serial', serial, 'sealed', sealed, 'refresh_at', refresh_at, 'expires_at', ARGV[7])
    redis.call('PEXPIRE', token, math.max(1, math.ceil((expires_at - now) / 1000)))
    redis.call('DEL', lease)
else
    is_held_until(now + COOL_DOWN)
end
return {now, 1}
