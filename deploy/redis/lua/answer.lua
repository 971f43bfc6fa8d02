-- Write what a person says to an operation, with an audit entry; the first answer of each counts.
-- Returns the operation's state, nil if unknown; 'answered' where they said something else before.
local chain = recording()
local operation, waker = unpack(KEYS)
local id, field, answer = unpack(ARGV)
local state, known = unpack(redis.call('HMGET', operation, 'state', field))
if known == answer then return 'running' end -- a retry of this call, which was executed before
if state ~= 'running' and state ~= 'waiting' then return state end
if known then return 'answered' end
local later = moved(chain)
if later then return later end
redis.call('HSET', operation, field, answer)
append(chain)
wake(waker, 'answered', id)
return state
