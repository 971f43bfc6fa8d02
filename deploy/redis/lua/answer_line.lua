-- Note a line's answer, from when on it is not run again, and that it is about to be sent. 0 where another has the line.
local inbox, answers = unpack(KEYS)
local group, consumer, id, answer = unpack(ARGV)
if not has(inbox, group, consumer, id) then return 0 end
redis.call('HSET', answers, id, answer, id .. ':sent', 1)
return 1
