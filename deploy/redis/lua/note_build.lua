-- Store a build's newest state, and add an outbox message where it is news: atomically, so that a stored state is
-- always announced. ARGV from 9 on: the messages about each attempt up to this one. 'repeated': this delivery came before; 'old': nothing newer; else 'noted' or 'news'.
local known, open, outbox, delivery = unpack(KEYS)
local run, attempt, order, text, kept, tells, look, remember = unpack(ARGV, 1, 8)
order = tonumber(order)

if remember ~= '0' and not redis.call('SET', delivery, '1', 'NX', 'EX', remember) then return 'repeated' end
local before = tonumber(redis.call('HGET', known, 'order') or '-1')
if before >= order then return 'old' end
redis.call('HSET', known, 'order', order, 'build', text)
redis.call('PEXPIRE', known, kept)

-- An attempt whose end was missed: its message must not show it as running for ever.
local earlier = math.floor(before / 10)
if earlier > 0 and earlier < tonumber(attempt) and before % 10 == 1 then
  redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'build', ARGV[8 + earlier])
end
if look == '0' then redis.call('ZREM', open, run) else redis.call('ZADD', open, now() + look, run) end
if tells == '0' then return 'noted' end
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'build', ARGV[8 + attempt])
return 'news'
