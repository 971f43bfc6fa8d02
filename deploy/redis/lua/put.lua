-- Put a line into the inbox and give it to whoever put it: its id there. nil where it is known, 'late' past `latest`:
-- a server that was stopped would otherwise take what somebody was told that it did not.
local once, inbox = unpack(KEYS)
local group, consumer, mine, latest, kept, key, line = unpack(ARGV)
local known = redis.call('GET', once)
if known then
  if string.sub(known, 1, #mine) == mine then return string.sub(known, #mine + 2) end -- a retry of this call
  return false
end
if now() > tonumber(latest) then return 'late' end

local id = redis.call('XADD', inbox, '*', 'key', key, 'line', line)
redis.call('SET', once, mine .. ' ' .. id, 'PX', kept)
local given = redis.pcall('XREADGROUP', 'GROUP', group, consumer, 'STREAMS', inbox, '>')
if given.err then
  redis.call('XGROUP', 'CREATE', inbox, group, '0')
  redis.call('XREADGROUP', 'GROUP', group, consumer, 'STREAMS', inbox, '>')
end
return id
