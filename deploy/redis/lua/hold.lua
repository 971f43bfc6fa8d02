-- Hold a resource, with an audit entry: nil, or another person's hold. The actor's own hold is replaced.
local holds, record = unpack(KEYS)
local resource, actor, hold, entry = unpack(ARGV)
local held = redis.call('HGET', holds, resource)
if held == hold then return false end -- a retry of this call, which was executed before
local read, holder = pcall(function() return cjson.decode(content(held)).actor.id end)
if held and not (read and holder == actor) then return held end -- an unreadable hold counts as another person's
redis.call('HSET', holds, resource, hold)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
return false
