-- Freeze a resource, and write that down: nil, or the hold that somebody else has. One's own is replaced.
local holds, record = unpack(KEYS)
local resource, actor, hold, entry = unpack(ARGV)
local held = redis.call('HGET', holds, resource)
if held == hold then return false end -- this very call ran before
if held and cjson.decode(held).actor.id ~= actor then return held end
redis.call('HSET', holds, resource, hold)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
return false
