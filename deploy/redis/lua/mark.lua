-- A view's own note; it must not bring a forgotten operation back to life.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'mark:' .. ARGV[1], ARGV[2])
return 1
