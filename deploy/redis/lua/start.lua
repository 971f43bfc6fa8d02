-- Take all locks or none, and write the operation, with the intent of its first step where that is known.
-- Returns 0 where it waits for a worker, else its fence.
-- Otherwise {'locked', operation id}, {'held', resource, hold}, {'emptied'} where the epoch is another one than this
-- process knows, or as `moved` says.
local chain = recording()
local epoch, locks, holds, leases, fences, waker, operation, events = unpack(KEYS)
local id, text, runner, lease, step, intent = unpack(ARGV, 1, 6)
local passes = ARGV[7] -- not empty: people's holds do not stop it
local expected = table.remove(ARGV, 8)
local at = now()

if (redis.call('GET', epoch) or '') ~= expected then return {'emptied'} end

local known = redis.call('HMGET', operation, 'state', 'runner', 'fence')
if known[1] then
  if runner == '' then return 0 end -- submitted before; it may be finished by now
  if runner == known[2] and known[1] == 'running' then return tonumber(known[3]) end
  return {'locked', id}
end

if ARGV[8] then
  for _, holder in ipairs(redis.call('HMGET', locks, unpack(ARGV, 8))) do
    if holder then return {'locked', holder} end
  end
  local held = {'app:all', unpack(ARGV, 8)}
  for i, hold in ipairs(redis.call('HMGET', holds, unpack(held))) do
    if hold and ended(hold) then
      redis.call('HDEL', holds, held[i])
    elseif hold and passes == '' then
      return {'held', held[i], hold}
    end
  end
end
local later = moved(chain)
if later then return later end

for i = 8, #ARGV do redis.call('HSET', locks, ARGV[i], id) end
append(chain)
if runner == '' then
  redis.call('HSET', operation, 'operation', text, 'state', 'waiting', 'seen', at, 'fence', 0)
  redis.call('ZADD', leases, at, id)
  wake(waker, 'submitted', id)
  return 0
end
local fence = redis.call('INCR', fences)
redis.call('HSET', operation, 'operation', text, 'state', 'running', 'seen', at, 'fence', fence, 'runner', runner)
redis.call('ZADD', leases, at + lease, id)
tell(events, '{"event":"taken_over","at":0,"runner":' .. cjson.encode(runner) .. ',"fence":' .. fence .. '}')
if step ~= '' then
  redis.call('HSET', operation, 'step', step)
  tell(events, intent)
end
return fence
