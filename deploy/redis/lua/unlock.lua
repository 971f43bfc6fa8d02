-- Release the locks of an operation without a readable record, and its lease, with an audit entry: 1, or 0 if it had
-- neither.
-- A worker that still runs it is fenced off.
local chain = recording()
local locks, leases, fences, operation, events = unpack(KEYS)
local id, kept = unpack(ARGV, 1, 2)
local later = moved(chain)
if later then return later end
local taken = 0
for i = 3, #ARGV do
  if redis.call('HGET', locks, ARGV[i]) == id then taken = taken + redis.call('HDEL', locks, ARGV[i]) end
end
if taken + redis.call('ZREM', leases, id) == 0 then return 0 end

append(chain)
if redis.call('EXISTS', operation) == 1 then
  redis.call('HSET', operation, 'state', 'failed', 'fence', redis.call('INCR', fences))
  redis.call('PEXPIRE', operation, kept)
  redis.call('PEXPIRE', events, kept)
end
return 1
