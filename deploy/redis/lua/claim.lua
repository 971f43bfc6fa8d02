-- Claim an operation under a new fence. Returns the fence, or 0 if it cannot be claimed, is unreadable, or is
-- of none of the kinds (ARGV from 5 on; none: any). `claim` is this call's unique id: the call may run twice.
local leases, fences, operation, events = unpack(KEYS)
local id, runner, lease, claim = unpack(ARGV, 1, 4)
local at = now()
local expiry = redis.call('ZSCORE', leases, id)
local text, earlier, taken = unpack(redis.call('HMGET', operation, 'operation', 'claim', 'fence'))
if earlier == claim then return tonumber(taken) end
if not text or not expiry or tonumber(expiry) > at then return 0 end
local read, kind = pcall(function() return cjson.decode(content(text)).kind end)
local mine = read and #ARGV == 4
for i = 5, #ARGV do mine = mine or ARGV[i] == kind end
if not mine then return 0 end

local fence = redis.call('INCR', fences)
redis.call('HSET', operation, 'state', 'running', 'seen', at, 'fence', fence, 'runner', runner, 'claim', claim)
redis.call('ZADD', leases, at + lease, id)
tell(events, '{"event":"taken_over","at":0,"runner":' .. cjson.encode(runner) .. ',"fence":' .. fence .. '}')
return fence
