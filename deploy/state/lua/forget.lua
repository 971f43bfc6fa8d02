-- Prune one finished operation from every history. KEYS: the operation, its events, then the histories.
redis.call('DEL', KEYS[1], KEYS[2])
for i = 3, #KEYS do redis.call('ZREM', KEYS[i], ARGV[1]) end
return 1
