-- Store that builds are not seen any more ('lost', with the record), or are seen again ('found', which ends that very
-- record): once each, together with the outbox message that says so. The record goes where nobody looks any more.
local sight, outbox = unpack(KEYS)
local became, text, kept, message = unpack(ARGV)
if became == 'lost' then
  if not redis.call('SET', sight, text, 'NX', 'PX', kept) then
    redis.call('PEXPIRE', sight, kept)
    return 0
  end
else
  if redis.call('GET', sight) ~= text then return 0 end
  redis.call('DEL', sight)
end
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'sight', message)
return 1
