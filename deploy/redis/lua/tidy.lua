-- Prune history by age; returns the operations beyond the number to keep, oldest first.
local history = unpack(KEYS)
local oldest, keep = now() - ARGV[1], tonumber(ARGV[2])
redis.call('ZREMRANGEBYSCORE', history, '-inf', oldest)
local beyond = redis.call('ZCARD', history) - keep
if beyond <= 0 then return {} end
return redis.call('ZRANGE', history, 0, math.min(beyond, 100) - 1)
