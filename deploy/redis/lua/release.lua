-- Store a release, once for an operation and a commit, newest first; the hundred newest are kept.
local release, newest = cjson.decode(content(ARGV[1])), redis.call('LINDEX', KEYS[1], 0)
local read, known = pcall(function() return cjson.decode(content(newest)) end)
newest = read and type(known) == 'table' and known
if newest and newest.operation == release.operation and newest.sha == release.sha then return 0 end
redis.call('LPUSH', KEYS[1], ARGV[1])
redis.call('LTRIM', KEYS[1], 0, 99)
return 1
