-- A line is done: take it out, and add what everybody is to be told of it to the outbox. 0 where another has the line.
local inbox, answers, outbox, left = unpack(KEYS)
local group, consumer, id, kind, message = unpack(ARGV)
if not has(inbox, group, consumer, id) then return 0 end
redis.call('XACK', inbox, group, id)
redis.call('XDEL', inbox, id)
redis.call('HDEL', answers, id, id .. ':sent')
redis.call('SREM', left, id)
if kind then redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', kind, message) end
return 1
