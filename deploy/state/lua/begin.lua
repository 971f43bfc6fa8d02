-- A step's intent, under the fence: who asked to cancel ('' for nobody), or 0 if the fence is not the newest.
local operation, events, leases = unpack(KEYS)
local id, fence, lease, step, event = unpack(ARGV)
local mine, cancel = owns(operation, fence)
if not mine then return 0 end
local at = now()
redis.call('HSET', operation, 'step', step, 'seen', at)
redis.call('ZADD', leases, 'XX', at + lease, id)
tell(events, event)
return cancel or ''
