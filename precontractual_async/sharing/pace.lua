-- Gives slots to all processes. Its twin, allocator.py, explains every step. The constants are put before
-- this text when it is loaded.
-- KEYS: the shared rate, its members. ARGV: see `arguments` in redis.py; empty `now` and `run`: Redis' own.

local rate, processes, member = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local wanted, lead, appointed = tonumber(ARGV[4]), tonumber(ARGV[5]), ARGV[6] == '1'
local pause, slower = tonumber(ARGV[7]), ARGV[8] == '1'
local fresh, leaving = ARGV[9] == '1', ARGV[10] == '1'
local said, now, run = tonumber(ARGV[11]), tonumber(ARGV[12]), ARGV[13]
if not now then
    local time = redis.call('TIME')
    now = tonumber(time[1]) * 1000000 + tonumber(time[2])
end
if said > 0 and now - said > STALE then
    return {now, 0, 0, 0, 0, 0, 0, 0, 0}
end
if run == '' then
    run = string.match(redis.call('INFO', 'server'), 'run_id:(%x+)')
end

local pace, members = KEYS[1], KEYS[2]
local function whole(number) return string.format('%.0f', number) end -- otherwise it becomes 1.8e+15
local function heard(from, to) return redis.call('ZCOUNT', members, from, to) end
-- The set also holds a member that is no process, so that a lost set differs from an empty one.
local nobody = '-1'

local names = {'run', 'seen', 'next', 'book', 'unsure', 'joined', 'held', 'share', 'slowed'}
local found, it = redis.call('HMGET', pace, unpack(names)), {}
for index, name in ipairs(names) do it[name] = tonumber(found[index]) or 0 end
if not found[8] then it.share = WHOLE end

if found[1] ~= run or now < it.seen or fresh or not redis.call('ZSCORE', members, '') then
    it.next, it.unsure, it.book, it.joined = now + GAP, now + HEARD + ALONE, 0, 0
    redis.call('DEL', members)
    redis.call('ZADD', members, nobody, '')
end

local silent = now - HEARD
if leaving and member ~= '' then
    redis.call('ZREM', members, member)
elseif member ~= '' then
    if (tonumber(redis.call('ZSCORE', members, member) or nil) or -1) < silent then it.joined = now end
    redis.call('ZADD', members, whole(now), member)
end
redis.call('ZREMRANGEBYSCORE', members, 0, '(' .. whole(silent - ALONE))

local own = processes > 0 and math.floor(rate / processes) or 0
local alone = 0
if own > 0 then
    local together = math.max(it.joined, silent)
    local there = heard(whole(together), '+inf')
    if there >= processes then
        it.unsure = 0
        redis.call('ZREMRANGEBYSCORE', members, 0, '(' .. whole(together))
    else
        local known = now < it.unsure and processes or heard(0, '(' .. whole(silent))
        alone = math.min(processes - math.max(1, there), known)
    end
end

local share = math.min(WHOLE, it.share + math.floor(math.max(0, now - it.slowed) * REGROWN))
if pause > 0 then
    if slower and now >= it.held then
        share = math.max(LEAST_SHARE, math.floor(share * SLOWER))
        it.share, it.slowed = share, now + pause
    end
    it.held = math.max(it.held, now + pause)
end

local whole_step = 1e9 * WHOLE / (STEADY * rate * share)
local step = math.ceil(whole_step * rate / (rate - alone * own))
local granted, first, back = 0, 0, 0
if it.held > now or wanted == 0 then
    back = math.max(0, it.held - now)
else
    local at = math.max(it.next, now + lead)
    local room = now + HORIZON - at
    if not appointed and (room < 0 or it.book > now) then
        local booked = math.max(now, it.book, it.next - HORIZON)
        it.book = booked + math.ceil(wanted * whole_step / 1000)
        back = booked - now
    elseif room < 0 then
        back = at - HORIZON - now
    else
        granted, first = math.min(wanted, math.floor(room * 1000 / step) + 1), at
        it.next = first + math.ceil(granted * step / 1000)
    end
end

it.seen = now
local kept = {'run', run}
for index = 2, #names do
    kept[#kept + 1] = names[index]
    kept[#kept + 1] = whole(it[names[index]])
end
redis.call('HSET', pace, unpack(kept))
redis.call('PEXPIRE', pace, KEPT)
redis.call('PEXPIRE', members, KEPT)
return {now, granted, first, step, back, math.max(0, it.held - now), share, alone, 1}
