-- Lift a hold, with an audit entry. Returns the hold, nil if there is none. `lifted` is this call's own record of it:
-- the call may run twice, and the resource may be held again in between.
local holds, record, lifted = unpack(KEYS)
local resource, entry = unpack(ARGV)
local held = redis.call('GET', lifted)
if held then return held end
held = redis.call('HGET', holds, resource)
if held then
  redis.call('HDEL', holds, resource)
  redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
  redis.call('SET', lifted, held, 'EX', 60)
end
return held
