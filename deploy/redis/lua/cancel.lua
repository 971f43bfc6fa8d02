-- Ask for a cancel, and write that down; the first one to ask counts. The operation's state as it was, nil if unknown.
local operation, events, waker, record = unpack(KEYS)
local id, actor, event, entry = unpack(ARGV)
local state, asked = unpack(redis.call('HMGET', operation, 'state', 'asked'))
if asked == entry then return 'running' end -- this very call ran before; since then it may have done its work
if state ~= 'running' and state ~= 'waiting' then return state end
redis.call('HSET', operation, 'asked', entry)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
if redis.call('HSETNX', operation, 'cancel', actor) == 1 then tell(events, event) end
wake(waker, 'cancel', id)
return state
