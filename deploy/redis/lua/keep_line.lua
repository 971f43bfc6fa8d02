-- Say of a line that it was idle for so long: 0 keeps it for its consumer, much leaves it to any. 0 where another has it.
local inbox = unpack(KEYS)
local group, consumer, id, idle = unpack(ARGV)
if not has(inbox, group, consumer, id) then return 0 end
redis.call('XCLAIM', inbox, group, consumer, 0, id, 'IDLE', idle, 'JUSTID')
return 1
