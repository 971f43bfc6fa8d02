-- Store the doctor's verdicts, and add an outbox message if any changed: 1, or 0 if another check came in between.
local verdicts, outbox = unpack(KEYS)
local before, after, news = unpack(ARGV)
if (redis.call('GET', verdicts) or '') ~= before then return 0 end
redis.call('SET', verdicts, after)
if news ~= '' then redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'doctor', news) end
return 1
