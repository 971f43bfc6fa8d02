-- Begin an epoch, if the newest is still the one that it follows: 1, or 0. The same call again changes nothing.
local before, epoch = unpack(ARGV)
if (redis.call('GET', KEYS[1]) or '') ~= before then return 0 end
redis.call('SET', KEYS[1], epoch)
return 1
