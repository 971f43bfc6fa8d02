-- Take the oldest line that nobody has handled for a while, the longer the more often it was taken.
-- Returns its id, key, line, which try this is, its answer and how often that was sent; nil where there is none.
local inbox, answers = unpack(KEYS)
local group, consumer, stale, doublings = unpack(ARGV)
local waiting = redis.pcall('XPENDING', inbox, group, 'IDLE', stale, '-', '+', 100)
if waiting.err then return false end -- nothing was ever put into it
for _, each in ipairs(waiting) do
  local id, _, idle, tries = unpack(each)
  if idle >= stale * 2 ^ math.min(tries - 1, doublings) then
    local line = redis.call('XCLAIM', inbox, group, consumer, stale, id)[1]
    if line then
      local answer, sent = unpack(redis.call('HMGET', answers, id, id .. ':sent'))
      return {id, line[2][2], line[2][4], tries + 1, answer or '', tonumber(sent or 0)}
    end
  end
end
return false
