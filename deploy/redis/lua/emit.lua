-- Append an event, under the fence: 1, or 0 if the fence is not the newest. `said` is stored as the last progress.
local operation, events = unpack(KEYS)
local fence, event, said = unpack(ARGV)
if not owns(operation, fence) then return 0 end
redis.call('HSET', operation, 'seen', now(), 'progress', said)
tell(events, event)
return 1
