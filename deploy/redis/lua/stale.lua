-- Take over a message that was taken and not sent for a while, but none of those that are left to others (ARGV from 5 on):
-- its id, kind and text.
local outbox = unpack(KEYS)
local group, consumer, idle, most = unpack(ARGV, 1, 4)
local left = {}
for i = 5, #ARGV do left[ARGV[i]] = true end
for _, pending in ipairs(redis.call('XPENDING', outbox, group, 'IDLE', idle, '-', '+', most)) do
  local taken = not left[pending[1]] and redis.call('XCLAIM', outbox, group, consumer, idle, pending[1])[1]
  if taken then return {taken[1], taken[2][1], taken[2][2]} end
end
return false
