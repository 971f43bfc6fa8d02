-- The commands that the connection's user may not use. Each is tried on a key that holds a text, where those for
-- other types do nothing; whether a command is allowed is judged before that. redis.acl_check_cmd is no way to ask:
-- Valkey 9.1 crashes where a command's arguments are missing.
local key = KEYS[1]
local harmless = {
  {'SET', key, ''}, {'GET', key}, {'MGET', key}, {'INCR', key}, {'EXISTS', key}, {'PEXPIRE', key, 1000},
  {'EXPIRE', key, 1}, {'TIME'}, {'PING'}, {'HGET', key, 'x'}, {'HMGET', key, 'x'}, {'HGETALL', key},
  {'HEXISTS', key, 'x'}, {'HSET', key, 'x', 1},
  {'HSETNX', key, 'x', 1}, {'HINCRBY', key, 'x', 1}, {'HDEL', key, 'x'}, {'LPUSH', key, 1}, {'LINDEX', key, 0}, {'LRANGE', key, 0, 0},
  {'LTRIM', key, 0, 0}, {'ZADD', key, 1, 'x'}, {'ZCARD', key}, {'ZSCORE', key, 'x'}, {'ZRANGE', key, 0, 0},
  {'ZREVRANGE', key, 0, 0}, {'ZRANGEBYSCORE', key, 0, 0}, {'ZREM', key, 'x'}, {'ZREMRANGEBYSCORE', key, 0, 0},
  {'XADD', key, '*', 'x', 1}, {'XLEN', key}, {'XRANGE', key, '-', '+'}, {'XREVRANGE', key, '+', '-'},
  {'XTRIM', key, 'MAXLEN', 0}, {'XDEL', key, '0-1'}, {'XREAD', 'STREAMS', key, '0'},
  {'XGROUP', 'CREATE', key, 'x', '0'}, {'XREADGROUP', 'GROUP', 'x', 'x', 'STREAMS', key, '>'},
  {'XACK', key, 'x', '0-1'}, {'XAUTOCLAIM', key, 'x', 'x', 0, '0'}, {'XPENDING', key, 'x'},
  {'XCLAIM', key, 'x', 'x', 0, '0-1'}, {'SADD', key, 'x'}, {'SREM', key, 'x'}, {'SMEMBERS', key}, {'DEL', key},
}
local denials = {"can't run this command", "can't access at least one", 'ACL failure'} -- Redis' two, Valkey's

local function denied(answer)
  local why = type(answer) == 'table' and answer.err or ''
  for _, words in ipairs(denials) do
    if string.find(why, words, 1, true) then return true end
  end
  return false
end

local found = {}
for _, command in ipairs(harmless) do
  if denied(redis.pcall(unpack(command))) then table.insert(found, command[1]) end
end
return found
