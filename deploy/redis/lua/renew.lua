-- Renew the leases of all runs of a process: for each 0 (its fence is not the newest) or who asked to cancel it.
-- KEYS: leases, then an operation each. ARGV: the lease, then id and fence of each.
local at, answers = now(), {}
for i = 2, #KEYS do
  local id, fence = ARGV[2 * i - 2], ARGV[2 * i - 1]
  local mine, cancel = owns(KEYS[i], fence)
  if mine then
    redis.call('ZADD', KEYS[1], 'XX', at + ARGV[1], id)
    redis.call('HSET', KEYS[i], 'seen', at)
  end
  answers[i - 1] = mine and (cancel or '') or 0
end
return answers
