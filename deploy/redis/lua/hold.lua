-- Hold a resource, with an audit entry: nil, or another person's hold. The actor's own hold is replaced.
local chain = recording()
local holds = unpack(KEYS)
local resource, actor, hold = unpack(ARGV)
local held = redis.call('HGET', holds, resource)
if held == hold then return false end -- a retry of this call, which was executed before
local read, holder = pcall(function() return cjson.decode(content(held)).actor.id end)
if held and not ended(held) and not (read and holder == actor) then return held end -- an unreadable hold counts as another person's
local later = moved(chain)
if later then return later end
redis.call('HSET', holds, resource, hold)
append(chain)
return false
