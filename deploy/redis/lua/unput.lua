-- Take back what `put` may have written without its answer arriving: 1, or 0 where another consumer has it by now.
local once, inbox = unpack(KEYS)
local group, consumer, mine = unpack(ARGV)
local known = redis.call('GET', once)
if not known or string.sub(known, 1, #mine) ~= mine then return 1 end
local id = string.sub(known, #mine + 2)
if not has(inbox, group, consumer, id) then return 0 end
redis.call('XACK', inbox, group, id)
redis.call('XDEL', inbox, id)
redis.call('DEL', once)
return 1
