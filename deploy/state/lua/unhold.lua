-- Lift a hold, and write that down: the hold as it was, nil if there is none.
local holds, record = unpack(KEYS)
local resource, entry = unpack(ARGV)
local held = redis.call('HGET', holds, resource)
if held then
  redis.call('HDEL', holds, resource)
  redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
end
return held
