-- Prepended to every script. Time is the server's, in milliseconds.
local function now()
  local time = redis.call('TIME')
  return time[1] * 1000 + math.floor(time[2] / 1000)
end

-- Whether this fence is the newest one of an operation under way; and the actor who asked to cancel it.
local function owns(operation, fence)
  local found = redis.call('HMGET', operation, 'fence', 'state', 'cancel')
  return found[1] == fence and found[2] == 'running', found[3]
end

-- An event's time is the id that the stream gives it.
local function tell(events, event)
  redis.call('XADD', events, 'MAXLEN', '~', 2000, '*', 'event', event)
end

-- A signed text without its signature and its format (deploy/core/signing.py), which only fisk itself can check.
local function content(text)
  local signed = string.sub(text, 34)
  return string.match(signed, '^v%d+ (.*)$') or signed
end

-- The record (deploy/redis/chain.py). A script that records is given the stream and its head as the last two keys, and
-- as the last three arguments the head that its entry follows, the head that it makes, and the entry.
local function recording()
  local chain = {}
  chain.head, chain.stream = table.remove(KEYS), table.remove(KEYS)
  chain.entry, chain.becomes, chain.follows = table.remove(ARGV), table.remove(ARGV), table.remove(ARGV)
  return chain
end

-- {'moved', head} where the head is another one: then the script does nothing. 1 where this very entry is there, since
-- the script was executed before and its answer was lost.
local function moved(chain)
  local head = redis.call('GET', chain.head) or '0 -'
  if head == chain.follows then return nil end
  for _, newer in ipairs(redis.call('XREVRANGE', chain.stream, '+', '-', 'COUNT', 50)) do
    if newer[2][2] == chain.entry then return 1 end
  end
  return {'moved', head}
end

local function append(chain)
  redis.call('XADD', chain.stream, '*', 'entry', chain.entry)
  redis.call('SET', chain.head, chain.becomes)
  return 1
end

-- Whether a person's hold had an end, and it is past.
local function ended(hold)
  local read, till = pcall(function() return cjson.decode(content(hold))['until'] end)
  return read and type(till) == 'number' and till > 0 and till * 1000 <= now()
end

local function wake(stream, what, id)
  redis.call('XADD', stream, 'MAXLEN', '~', 100, '*', what, id)
end

-- Whether this consumer has an entry of a stream that it took and has not acknowledged.
local function has(stream, group, consumer, id)
  local pending = redis.call('XPENDING', stream, group, id, id, 1)[1]
  return pending and pending[2] == consumer
end

