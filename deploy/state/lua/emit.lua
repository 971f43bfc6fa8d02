-- An event, under the fence: 1, or 0 if the fence is not the newest.
local operation, events = unpack(KEYS)
local fence, event = unpack(ARGV)
if not owns(operation, fence) then return 0 end
redis.call('HSET', operation, 'seen', now())
tell(events, event)
return 1
