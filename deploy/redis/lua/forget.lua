-- Prune finished operations. KEYS: the history, then each operation and its events; ARGV: their ids.
redis.call('ZREM', KEYS[1], unpack(ARGV))
redis.call('DEL', unpack(KEYS, 2))
return 1
