-- Request cancellation, with an audit entry; the first request counts. Returns the operation's state, nil if unknown.
local chain = recording()
local operation, events, waker = unpack(KEYS)
local id, actor, event = unpack(ARGV)
local state, asked = unpack(redis.call('HMGET', operation, 'state', 'asked'))
if asked == chain.entry then return 'running' end -- a retry of this call, which was executed before
if state ~= 'running' and state ~= 'waiting' then return state end
local later = moved(chain)
if later then return later end
redis.call('HSET', operation, 'asked', chain.entry)
append(chain)
if redis.call('HSETNX', operation, 'cancel', actor) == 1 then tell(events, event) end
wake(waker, 'cancel', id)
return state
