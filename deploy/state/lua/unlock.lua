-- Take locks away from an operation that nobody has a record of. KEYS: locks, leases.
redis.call('ZREM', KEYS[2], ARGV[1])
for i = 2, #ARGV do
  if redis.call('HGET', KEYS[1], ARGV[i]) == ARGV[1] then redis.call('HDEL', KEYS[1], ARGV[i]) end
end
return 1
