-- Lift a hold, and write that down: the hold as it was, nil if there is none. `lifted` is this call's own note of it:
-- the call may run twice, and somebody may hold the resource anew in between.
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
