-- Acknowledge a message and delete it: one that is only acknowledged would still count in the stream's length. Another
-- version may have noted that it could not send it.
redis.call('XACK', KEYS[1], ARGV[1], ARGV[2])
redis.call('SREM', KEYS[2], ARGV[2])
return redis.call('XDEL', KEYS[1], ARGV[2])
