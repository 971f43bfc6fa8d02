-- Release the locks of an operation without a readable record, and its lease, with an audit entry: 1, or 0 if it had
-- neither.
-- A worker that still runs it is fenced off.
local locks, leases, fences, record, operation, events = unpack(KEYS)
local id, entry, kept = unpack(ARGV, 1, 3)
local taken = 0
for i = 4, #ARGV do
  if redis.call('HGET', locks, ARGV[i]) == id then taken = taken + redis.call('HDEL', locks, ARGV[i]) end
end
if taken + redis.call('ZREM', leases, id) == 0 then return 0 end

redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
if redis.call('EXISTS', operation) == 1 then
  redis.call('HSET', operation, 'state', 'failed', 'fence', redis.call('INCR', fences))
  redis.call('PEXPIRE', operation, kept)
  redis.call('PEXPIRE', events, kept)
end
return 1
