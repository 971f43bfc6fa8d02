-- Store that builds are not seen any more ('lost', with the record), or are seen again ('found'): once each, together
-- with the outbox message that says so. The record goes where nobody looks any more.
local sight, outbox = unpack(KEYS)
local became, text, kept = unpack(ARGV)
if became == 'lost' then
  if not redis.call('SET', sight, text, 'NX', 'PX', kept) then
    redis.call('PEXPIRE', sight, kept)
    return 0
  end
else
  text = redis.call('GET', sight)
  if not text then return 0 end
  redis.call('DEL', sight)
end
redis.call('XADD', outbox, 'MAXLEN', '~', 1000, '*', 'sight', became .. ' ' .. text)
return 1
