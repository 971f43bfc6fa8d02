-- Cross a message off: what is only acknowledged nobody gets any more, and yet it would count.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])
