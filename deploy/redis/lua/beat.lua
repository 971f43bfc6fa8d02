-- Write a process's sign of life, which expires by itself, and forget those that have.
local replica, index = unpack(KEYS)
local runner, text, kept = unpack(ARGV)
local at = now()
redis.call('SET', replica, text, 'PX', kept)
redis.call('ZADD', index, at, runner)
return redis.call('ZREMRANGEBYSCORE', index, '-inf', at - kept)
