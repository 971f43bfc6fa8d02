-- Append an entry to the record: 1.
local chain = recording()
return moved(chain) or append(chain)
