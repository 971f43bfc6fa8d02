-- Release the lease, so that any worker can claim the operation at once: 1, or 0 if the fence is not the newest.
-- `aside`: why this one leaves it to another version; empty where it does not.
local operation, leases, waker = unpack(KEYS)
local id, fence, aside = unpack(ARGV)
if not owns(operation, fence) then return 0 end
redis.call('ZADD', leases, 'XX', now(), id)
redis.call('HSET', operation, 'runner', '')
if aside ~= '' then redis.call('HSET', operation, 'aside', aside) end
wake(waker, 'handed_over', id)
return 1
