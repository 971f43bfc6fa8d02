-- Outcome, locks, lease, history, record, outbox and last event at once, under the fence; without one, by force.
-- The number of operations in history, or -1 if the fence is not the newest (by force: if it is over already).
-- KEYS: the nine below, then each resource's own history. ARGV: the six below, then the resources.
local locks, leases, fences, record, history, outbox, waker, operation, events = unpack(KEYS, 1, 9)
local id, fence, state, outcome, offers, kept = unpack(ARGV, 1, 6)
local at = now()

local found = redis.call('HMGET', operation, 'fence', 'state', 'operation', 'outcome')
local open = found[2] == 'running' or found[2] == 'waiting'
if fence == '' then
  if not open then return -1 end
  fence = redis.call('INCR', fences)
elseif found[1] ~= fence then
  return -1
elseif not open then
  return found[4] == outcome and redis.call('ZCARD', history) or -1
end

redis.call('HSET', operation, 'state', state, 'outcome', outcome, 'finished', at, 'fence', fence)
redis.call('ZREM', leases, id)
for i = 7, #ARGV do
  if redis.call('HGET', locks, ARGV[i]) == id then redis.call('HDEL', locks, ARGV[i]) end
  redis.call('ZADD', KEYS[i + 3], at, id)
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 3], '-inf', at - kept)
  redis.call('PEXPIRE', KEYS[i + 3], kept)
end
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'ended', found[3], 'outcome', outcome)
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'operation', id)
redis.call('ZADD', history, at, id)
redis.call('ZREMRANGEBYSCORE', history, '-inf', at - kept)
tell(events, '{"event":"finished","at":0,"offers":' .. offers .. ',"outcome":' .. outcome .. '}')
redis.call('PEXPIRE', operation, kept)
redis.call('PEXPIRE', events, kept)
wake(waker, 'finished', id)
return redis.call('ZCARD', history)
