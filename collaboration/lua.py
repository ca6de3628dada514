"""The scripts that decide in Redis what `Room.commit` decides in memory, one call an ask; and how things are written there."""

from __future__ import annotations

import hashlib

import orjson

from collaboration.limits import Limits
from collaboration.rooms import Entry, Op, Refusal, made

# State values are kept as "<rev> <by> <at> <JSON>", so that a comparison need not decode the JSON.
COMMIT = """
local meta, state, ids, log, channel = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local epoch, by, id, at, roles = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local newcomer, most, bytes_max = ARGV[6] == '1', tonumber(ARGV[7]), tonumber(ARGV[8])
local ttl, ring, ids_max = tonumber(ARGV[9]), tonumber(ARGV[10]), tonumber(ARGV[11])
local count = tonumber(ARGV[12])
if redis.call('HGET', meta, 'epoch') ~= epoch then return {'gone'} end
local author = by .. '\\n' .. id
if id ~= '' then
  local before = redis.call('ZSCORE', ids, author)
  if before then return {'again', tonumber(before)} end
end
local role = redis.call('HGET', meta, 'role:' .. by)
if newcomer then
  if redis.call('HEXISTS', state, 'removed/' .. by) == 1 then return {'refused', 'removed'} end
  if not role and tonumber(redis.call('HGET', meta, 'members')) >= most then return {'refused', 'full_members'} end
elseif roles ~= '' and not (role and string.find(roles, ',' .. role .. ',', 1, true)) then
  return {'refused', 'forbidden', role or 'none'}
end
local grows, sets = 0, false
local olds = {}
for i = 0, count - 1 do
  local key, base, value, stored = ARGV[13 + i * 4], ARGV[14 + i * 4], ARGV[15 + i * 4], ARGV[16 + i * 4] == '1'
  local held = redis.call('HGET', state, key)
  local rev, author_of, old = '0', '', 'null'
  if held then
    local _, stop, r, a = string.find(held, '^(%d+) (%S*) %d+ ')
    rev, author_of, old = r, a, string.sub(held, stop + 1)
    olds[i] = #old + #key
  end
  if base ~= '' and base ~= rev then return {'conflict', key, rev, author_of, old} end
  if stored then
    grows = grows - (olds[i] or 0)
    if value ~= 'null' then grows = grows + #value + #key; sets = true end
  end
end
if sets and grows > 0 and tonumber(redis.call('HGET', meta, 'bytes')) + grows > bytes_max then return {'refused', 'full'} end
local seq = 0
for i = 0, count - 1 do
  local key, value, stored = ARGV[13 + i * 4], ARGV[15 + i * 4], ARGV[16 + i * 4] == '1'
  seq = redis.call('HINCRBY', meta, 'seq', 1)
  if stored then
    if value == 'null' then redis.call('HDEL', state, key)
    else redis.call('HSET', state, key, string.format('%.0f', seq) .. ' ' .. by .. ' ' .. at .. ' ' .. value) end
    if string.sub(key, 1, 7) == 'member/' then
      local field = 'role:' .. string.sub(key, 8)
      if value == 'null' then
        if redis.call('HDEL', meta, field) == 1 then redis.call('HINCRBY', meta, 'members', -1) end
      elseif redis.call('HSET', meta, field, cjson.decode(value).role) == 1 then
        redis.call('HINCRBY', meta, 'members', 1)
      end
    end
  end
  local told = cjson.encode({seq, key, by, id, tonumber(at), value})
  redis.call('XADD', log, 'MAXLEN', '~', ring, string.format('%.0f-0', seq), 'd', told)
  redis.call('PUBLISH', channel, told)
end
redis.call('HINCRBY', meta, 'bytes', grows)
if id ~= '' then
  redis.call('ZADD', ids, seq, author)
  redis.call('ZREMRANGEBYRANK', ids, 0, -ids_max - 1)
end
if tonumber(redis.call('HGET', meta, 'members')) == 0 then
  redis.call('DEL', meta, state, ids, log)
else
  for i = 1, 4 do redis.call('EXPIRE', KEYS[i], ttl) end
end
return {'ok', seq}
"""

OPEN = """
if redis.call('EXISTS', KEYS[1]) == 0 then
  if ARGV[2] ~= '1' then return false end
  redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', 0, 'members', 0, 'bytes', 0)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
local found = redis.call('HMGET', KEYS[1], 'epoch', 'seq')
return {found[1], found[2], redis.call('HGETALL', KEYS[2]), redis.call('XRANGE', KEYS[4], '-', '+')}
"""

# After a restart of Redis the first node that notices puts back what it has: state, members, ids, and the sequence goes on.
RESTORE = """
if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'seq', ARGV[2], 'bytes', ARGV[3], 'members', 0)
local function put(key, target)
  local parts = cjson.decode(key)
  for i = 1, #parts, 2 do target(parts[i], parts[i + 1]) end
end
put(ARGV[4], function(key, value) redis.call('HSET', KEYS[2], key, value) end)
put(ARGV[5], function(who, role) redis.call('HSET', KEYS[1], 'role:' .. who, role); redis.call('HINCRBY', KEYS[1], 'members', 1) end)
put(ARGV[6], function(author, seq) redis.call('ZADD', KEYS[3], seq, author) end)
for i = 1, 3 do redis.call('EXPIRE', KEYS[i], ARGV[7]) end
return 1
"""

COMMIT_SHA = hashlib.sha1(COMMIT.encode(), usedforsecurity=False).hexdigest()
"""The name under which Redis keeps the script."""


def keys(session: str) -> list[str]:
    """Name a session's keys: one slot of a cluster."""
    return [f"omni:{part}:{{{session}}}" for part in ("meta", "state", "ids", "log", "s")]


def op(data: bytes) -> Op:
    """Read an op as the script tells it."""
    seq, key, by, ident, at, value = orjson.loads(data)
    return made(int(seq), key, value.encode(), by, ident, int(at))


def entry(data: bytes) -> Entry:
    """Read a state value."""
    rev, by, at, value = data.split(b" ", 3)
    return Entry(int(rev), value, by.decode(), int(at))


def kept(held: Entry) -> bytes:
    """Write a state value."""
    return b"%d %b %d %b" % (held.rev, held.by.encode(), held.at, held.value)


def refusal(code: str, role: str, limits: Limits) -> Refusal:
    """Say a refusal of the script in words."""
    if code == "removed":
        return Refusal("removed", "The owner removed you from this session.")
    if code == "full_members":
        return Refusal("full", f"The session has {limits.participants} participants already.")
    if code == "full":
        return Refusal("full", f"The session holds {limits.state_bytes} bytes of state at most; delete something first.")
    return Refusal("forbidden", f"Your role ({role}) may not do this.")
