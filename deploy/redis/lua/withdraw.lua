-- Undo a start before anything was done: 1, or 0 if it is not this worker's, or a step has begun other than the one
-- whose intent was written with the start.
local chain = recording()
local locks, leases, operation, events = unpack(KEYS)
local id, runner, opening, step = unpack(ARGV, 1, 4)
local found = redis.call('HMGET', operation, 'operation', 'runner', 'state', 'step')
if not found[1] or (found[2] or '') ~= runner then return 0 end
if (found[4] or '') ~= step or redis.call('HEXISTS', operation, 'step:' .. opening) == 1 then return 0 end
if found[3] ~= 'waiting' and found[3] ~= 'running' then return 0 end
local later = moved(chain)
if later then return later end
if ARGV[5] then redis.call('HDEL', locks, unpack(ARGV, 5)) end
redis.call('ZREM', leases, id)
append(chain)
redis.call('DEL', operation, events)
return 1
