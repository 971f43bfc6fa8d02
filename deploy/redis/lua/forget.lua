-- Prune finished operations. KEYS: the history, then each operation and its events; ARGV: their ids.
redis.call('ZREM', KEYS[1], unpack(ARGV))
for place = 2, #KEYS do redis.call('DEL', KEYS[place]) end
return 1
