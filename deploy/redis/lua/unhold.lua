-- Lift a hold, with an audit entry. Returns the hold, nil if there is none. `lifted` is this call's own record of it:
-- the call may run twice, and the resource may be held again in between.
local chain = recording()
local holds, lifted = unpack(KEYS)
local resource = unpack(ARGV)
local held = redis.call('GET', lifted)
if held then return held end
held = redis.call('HGET', holds, resource)
if held and ended(held) then held = false end
if held then
  local later = moved(chain)
  if later then return later end
  redis.call('HDEL', holds, resource)
  append(chain)
  redis.call('SET', lifted, held, 'EX', 60)
end
return held
