-- Write a step's intent, result or failure, under the fence, which renews the lease.
-- Returns who requested cancellation ('' for nobody), or 0 if the fence is not the newest.
local operation, events, leases = unpack(KEYS)
local id, fence, lease, field, value, event = unpack(ARGV)
local mine, cancel = owns(operation, fence)
if not mine then return 0 end
local at = now()
redis.call('HSET', operation, field, value, 'seen', at, 'progress', '') -- a new step has no progress yet
redis.call('ZADD', leases, 'XX', at + lease, id)
if field ~= 'step' then redis.call('HDEL', operation, 'deaths') end -- a step is over, which is progress
tell(events, event)
return cancel or ''
