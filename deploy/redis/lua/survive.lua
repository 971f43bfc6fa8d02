-- Hand over a lease late, after an outage: 1, or 0 if the fence is not the newest. Then another worker has claimed it
-- meanwhile, which was counted as a death of its runner, and was none.
local operation, leases, waker = unpack(KEYS)
local id, fence = unpack(ARGV)
if owns(operation, fence) then
  redis.call('ZADD', leases, 'XX', now(), id)
  redis.call('HSET', operation, 'runner', '')
  wake(waker, 'handed_over', id)
  return 1
end
if (tonumber(redis.call('HGET', operation, 'deaths')) or 0) > 0 then redis.call('HINCRBY', operation, 'deaths', -1) end
return 0
