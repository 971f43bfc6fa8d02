-- Milliseconds until the next lease expires; -1 where none will.
local at = now()
local found = redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. at, '(+inf', 'WITHSCORES', 'LIMIT', 0, 1)
return found[2] and math.ceil(tonumber(found[2]) - at) or -1
