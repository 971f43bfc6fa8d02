-- Let no worker claim an operation until a person says so, and tell of it: 1, or 0 where it is over, set aside before, or
-- claimed since its fence was read. Its runner, which may only have slept, is fenced off.
local leases, fences, operation, events, outbox = unpack(KEYS)
local id, fence, why, event, message = unpack(ARGV)
local expiry = redis.call('ZSCORE', leases, id)
if not expiry or tonumber(expiry) == math.huge or (redis.call('HGET', operation, 'fence') or '') ~= fence then return 0 end
redis.call('ZADD', leases, 'XX', '+inf', id)
redis.call('HSET', operation, 'aside', why, 'runner', '', 'fence', redis.call('INCR', fences))
tell(events, event)
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'set_aside', message)
return 1
