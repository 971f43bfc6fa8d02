-- Take away the record's entries up to one, and note it: 1, or 0 if another process has trimmed meanwhile.
local stream, anchor = unpack(KEYS)
local before, note, last = unpack(ARGV)
if (redis.call('GET', anchor) or '') ~= before then return 0 end
redis.call('SET', anchor, note)
local kept = redis.call('XRANGE', stream, '(' .. last, '+', 'COUNT', 1)[1]
if kept then redis.call('XTRIM', stream, 'MINID', kept[1]) else redis.call('XTRIM', stream, 'MAXLEN', 0) end
return 1
