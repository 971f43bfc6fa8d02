-- Claim an operation under a new fence. Returns the fence, or 0 if it cannot be claimed now. Negative where it is not to
-- be claimed: -1 it cannot be read, or is of none of the kinds (ARGV from 6 on; none: any); -2 as many runners as `most`
-- died under it since its last finished step. After each death but the first it rests, and each time for longer.
-- `claim` is this call's unique id: the call may run twice.
local leases, fences, operation, events = unpack(KEYS)
local id, runner, lease, claim, most = unpack(ARGV, 1, 5)
local at = now()
local expiry = redis.call('ZSCORE', leases, id)
local found = redis.call('HMGET', operation, 'operation', 'claim', 'fence', 'state', 'runner', 'deaths')
local text, earlier, taken, state, holder = unpack(found)
if earlier == claim then return tonumber(taken) end
if not text or not expiry or tonumber(expiry) > at then return 0 end
local read, kind = pcall(function() return cjson.decode(content(text)).kind end)
local mine = read and #ARGV == 5
for i = 6, #ARGV do mine = mine or ARGV[i] == kind end
if not mine then return -1 end

local deaths = tonumber(found[6] or '0') or 0
if state == 'running' and holder and holder ~= '' and holder ~= runner then
  if deaths + 1 >= tonumber(most) then return -2 end
  if tonumber(expiry) + 2 * deaths * lease > at then return 0 end
  deaths = deaths + 1
end
local fence = redis.call('INCR', fences)
redis.call('HSET', operation, 'state', 'running', 'seen', at, 'fence', fence, 'runner', runner, 'claim', claim)
redis.call('HSET', operation, 'deaths', deaths)
redis.call('HDEL', operation, 'aside')
redis.call('ZADD', leases, at + lease, id)
tell(events, '{"event":"taken_over","at":0,"runner":' .. cjson.encode(runner) .. ',"fence":' .. fence .. '}')
return fence
