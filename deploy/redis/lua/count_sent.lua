-- Count that a line's answer is sent so many times more; how often that makes. nil where another has the line.
local inbox, answers = unpack(KEYS)
local group, consumer, id, times = unpack(ARGV)
if not has(inbox, group, consumer, id) then return false end
return redis.call('HINCRBY', answers, id .. ':sent', times)
