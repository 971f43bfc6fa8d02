-- Ask for a cancel; the first one to ask counts. The operation's state as it was, nil if it is unknown.
local operation, events, waker = unpack(KEYS)
local id, actor, event = unpack(ARGV)
local state = redis.call('HGET', operation, 'state')
if state ~= 'running' and state ~= 'waiting' then return state end
if redis.call('HSETNX', operation, 'cancel', actor) == 1 then tell(events, event) end
wake(waker, 'cancel', id)
return state
