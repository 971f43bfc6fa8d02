-- Undo a start before anything was done: 1, or 0 if the fence is not the newest.
local locks, leases, record, operation, events = unpack(KEYS)
local id, fence, outcome = unpack(ARGV, 1, 3)
if not owns(operation, fence) and redis.call('HGET', operation, 'state') ~= 'waiting' then return 0 end
for i = 4, #ARGV do
  if redis.call('HGET', locks, ARGV[i]) == id then redis.call('HDEL', locks, ARGV[i]) end
end
redis.call('ZREM', leases, id)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'ended', redis.call('HGET', operation, 'operation'), 'outcome', outcome)
redis.call('DEL', operation, events)
return 1
