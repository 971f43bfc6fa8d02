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

-- A signed text without its signature (deploy/core/signing.py), which only fisk itself can check.
local function content(text)
  return string.sub(text, 34)
end

local function wake(stream, what, id)
  redis.call('XADD', stream, 'MAXLEN', '~', 100, '*', what, id)
end

