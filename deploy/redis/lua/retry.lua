-- Let workers claim an operation again that is set aside, with an audit entry: 1, or 0 if it is not.
local chain = recording()
local leases, operation, waker = unpack(KEYS)
local id = unpack(ARGV)
if redis.call('HGET', operation, 'retried') == chain.entry then return 1 end -- a retry of this call, executed before
local expiry, aside = redis.call('ZSCORE', leases, id), redis.call('HEXISTS', operation, 'aside') == 1
if not expiry or not (aside or tonumber(expiry) == math.huge) then return 0 end
local later = moved(chain)
if later then return later end
redis.call('ZADD', leases, 'XX', now(), id)
redis.call('HDEL', operation, 'aside', 'deaths')
redis.call('HSET', operation, 'runner', '', 'retried', chain.entry)
append(chain)
wake(waker, 'retried', id)
return 1
