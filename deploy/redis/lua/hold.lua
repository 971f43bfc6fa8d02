-- Freeze a resource, and write that down: nil, or the hold that somebody else has. One's own is replaced.
local holds, record = unpack(KEYS)
local resource, actor, hold, entry = unpack(ARGV)
local held = redis.call('HGET', holds, resource)
if held == hold then return false end -- this very call ran before
local read, holder = pcall(function() return cjson.decode(held).actor.id end)
if held and not (read and holder == actor) then return held end -- what cannot be read is somebody else's
redis.call('HSET', holds, resource, hold)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
return false
