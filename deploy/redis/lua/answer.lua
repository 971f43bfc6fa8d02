-- Write what a person says to an operation, with an audit entry; the first answer of each counts.
-- Returns the operation's state, nil if unknown; 'answered' where they said something else before.
local operation, waker, record = unpack(KEYS)
local id, field, answer, entry = unpack(ARGV)
local state, known = unpack(redis.call('HMGET', operation, 'state', field))
if known == answer then return 'running' end -- a retry of this call, which was executed before
if state ~= 'running' and state ~= 'waiting' then return state end
if known then return 'answered' end
redis.call('HSET', operation, field, answer)
redis.call('XADD', record, 'MAXLEN', '~', 50000, '*', 'entry', entry)
wake(waker, 'answered', id)
return state
