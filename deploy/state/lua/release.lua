-- Remember a release, once an operation, newest first; the hundred newest stay.
local newest = redis.call('LINDEX', KEYS[1], 0)
if newest and cjson.decode(newest).operation == ARGV[1] then return 0 end
redis.call('LPUSH', KEYS[1], ARGV[2])
redis.call('LTRIM', KEYS[1], 0, 99)
return 1
