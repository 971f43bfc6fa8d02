-- Request cancellation, with an audit entry; the first request counts. Returns the operation's state, nil if unknown.
local operation, events, waker, record = unpack(KEYS)
local id, actor, event, entry = unpack(ARGV)
local state, asked = unpack(redis.call('HMGET', operation, 'state', 'asked'))
if asked == entry then return 'running' end -- a retry of this call, which was executed before
if state ~= 'running' and state ~= 'waiting' then return state end
redis.call('HSET', operation, 'asked', entry)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
if redis.call('HSETNX', operation, 'cancel', actor) == 1 then tell(events, event) end
wake(waker, 'cancel', id)
return state
