-- Outcome, locks, lease, history, audit log, outbox and last event at once, under the fence; without one, by force.
-- 1, or 0 if the fence is not the newest or it has another outcome. The same outcome again is accepted.
-- An unfinished operation has its locks, since one script wrote both; so comparing the fence is enough.
local chain = recording()
local locks, leases, fences, history, outbox, operation, events = unpack(KEYS)
local id, fence, state, outcome, event, message, kept = unpack(ARGV, 1, 7)
local at = now()

local found = redis.call('HMGET', operation, 'fence', 'state', 'outcome')
local open = found[2] == 'running' or found[2] == 'waiting'
if fence ~= '' and found[1] ~= fence then return 0 end
if not open then return found[3] == outcome and 1 or 0 end
local later = moved(chain)
if later then return later end
if fence == '' then fence = redis.call('INCR', fences) end

redis.call('HSET', operation, 'state', state, 'outcome', outcome, 'finished', at, 'fence', fence)
if ARGV[8] then redis.call('HDEL', locks, unpack(ARGV, 8)) end
redis.call('ZREM', leases, id)
redis.call('ZADD', history, at, id)
append(chain)
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'operation', message)
tell(events, event)
redis.call('PEXPIRE', operation, kept)
redis.call('PEXPIRE', events, kept)
return 1
