-- Take an operation over under a new fence: the fence, or 0 if it is not to be had (any more), makes no sense, or is
-- of none of the kinds (ARGV from 4 on; none: any).
local leases, fences, operation, events = unpack(KEYS)
local id, runner, lease = unpack(ARGV, 1, 3)
local at = now()
local expiry = redis.call('ZSCORE', leases, id)
local text = redis.call('HGET', operation, 'operation')
if not text or not expiry or tonumber(expiry) > at then return 0 end
local read, kind = pcall(function() return cjson.decode(text).kind end)
local mine = read and #ARGV == 3
for i = 4, #ARGV do mine = mine or ARGV[i] == kind end
if not mine then return 0 end

local fence = redis.call('INCR', fences)
redis.call('HSET', operation, 'state', 'running', 'seen', at, 'fence', fence, 'runner', runner)
redis.call('ZADD', leases, at + lease, id)
tell(events, '{"event":"taken_over","at":0,"runner":' .. cjson.encode(runner) .. ',"fence":' .. fence .. '}')
return fence
