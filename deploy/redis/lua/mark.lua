-- Store a view's data; must not create the hash of a pruned operation.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'mark:' .. ARGV[1], ARGV[2])
return 1
