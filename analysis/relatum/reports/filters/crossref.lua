-- Numbers figures, tables, equations and sections, turns floats into figures and tables with
-- captions, and resolves references before citeproc takes them for citations.

local names = { fig = "Figure", tbl = "Table", eq = "Equation", sec = "Section" }
local counts = { fig = 0, tbl = 0, eq = 0 }
local numbers = {}
local sections = { 0, 0, 0, 0, 0, 0 }
local format = ""
local numbered = false

local function kind_of(id) return id:match("^(%a+)%-") end

local function register(id)
  local kind = kind_of(id)
  counts[kind] = counts[kind] + 1
  numbers[id] = tostring(counts[kind])
  return numbers[id]
end

local function lead(kind, number)
  return pandoc.List{ pandoc.Str(names[kind] .. "\u{a0}" .. number .. ":"), pandoc.Space() }
end

local function headed(kind, number, blocks)
  local inlines = pandoc.utils.blocks_to_inlines(blocks)
  return { pandoc.Plain(lead(kind, number) .. inlines) }
end

-- Alternative text goes where every writer looks for it: the image's description.
local function describe(image)
  local alt = image.attributes["fig-alt"] or image.attributes["alt"]
  if alt then
    image.caption = { pandoc.Str(alt) }
    image.attributes["fig-alt"] = nil
    image.attributes["alt"] = nil
  end
  return image
end

local function raw_tables(block)
  if block.format ~= "html" or not block.text:lower():match("<table") then return nil end
  local drop = function() return {} end
  local unwrap = function(div) return div.content end
  return pandoc.read(block.text, "html").blocks
    :walk({ RawBlock = drop, RawInline = drop, Div = unwrap })
    :filter(function(part) return part.t == "Table" or pandoc.utils.stringify(part) ~= "" end)
end

local function figure(id, content, caption, class)
  local made = pandoc.Figure(content, { long = caption })
  made.identifier = id
  made.classes = { class }
  return made
end

local function plain_images(blocks)
  return blocks:map(function(block)
    if block.t == "Figure" then return pandoc.Plain(pandoc.utils.blocks_to_inlines(block.content)) end
    if block.t == "Para" then return pandoc.Plain(block.content) end
    return block
  end)
end

local function split_caption(div)
  local last = div.content[#div.content]
  if not last or (last.t ~= "Para" and last.t ~= "Plain") or #div.content < 2 then
    error("RELATUM: '#" .. div.identifier .. "' needs its content and then a caption in a "
      .. "paragraph of its own.")
  end
  local content = pandoc.List(div.content)
  content:remove(#content)
  return content, { pandoc.Plain(last.content) }
end

local function number_div(div)
  local kind = kind_of(div.identifier)
  if kind ~= "fig" and kind ~= "tbl" then return nil end
  local content, caption = split_caption(div)
  local number = register(div.identifier)
  local full = headed(kind, number, caption)
  if kind == "fig" then
    return figure(div.identifier, plain_images(content), full, "float-figure"), false
  end
  local tables = content:filter(function(block) return block.t == "Table" end)
  if #content == 1 and #tables == 1 then
    tables[1].attributes["border"] = nil
    tables[1].identifier = div.identifier
    tables[1].caption.long = full
    return tables[1], false
  end
  return figure(div.identifier, content, full, "float-table"), false
end

local function number_table(element)
  if kind_of(element.identifier or "") == "tbl" then
    local number = register(element.identifier)
    element.caption.long = headed("tbl", number, element.caption.long)
    return element
  end
end

local function number_figure(element)
  if kind_of(element.identifier or "") == "fig" then
    local number = register(element.identifier)
    element.caption.long = headed("fig", number, element.caption.long)
    element.classes:insert("float-figure")
    return element, false
  end
end

local function number_header(header)
  local plain = header.classes:includes("unnumbered")
  if plain or not numbered then return nil end
  sections[header.level] = sections[header.level] + 1
  for level = header.level + 1, 6 do sections[level] = 0 end
  numbers[header.identifier] = table.concat(sections, ".", 1, header.level)
end

-- "$$ ... $$ {#eq-x}" reads as mathematics followed by a plain word.
local function number_equations(paragraph)
  local out, found = pandoc.List{}, false
  for index, inline in ipairs(paragraph.content) do
    local id = inline.t == "Str" and inline.text:match("^{#(eq%-[%w%-_]+)}")
    if id then
      local at = #out
      while at > 0 and (out[at].t == "Space" or out[at].t == "SoftBreak") do
        out:remove(at)
        at = at - 1
      end
      if at == 0 or out[at].t ~= "Math" then
        error("RELATUM: '{#" .. id .. "}' stands behind no display equation.")
      end
      local math = out[at]
      local number = register(id)
      out[at] = pandoc.Span({ math }, pandoc.Attr(id, { "equation" }, { number = number }))
      found = true
    else
      out:insert(inline)
    end
  end
  if found then return pandoc.Para(out) end
end

local function reference(citation)
  local id = citation.id:sub(1, 1):lower() .. citation.id:sub(2)
  local kind = kind_of(id)
  if not kind or not names[kind] then return nil end
  local number = numbers[id]
  if not number then error("RELATUM: nothing is labelled '" .. id .. "'.") end
  local text = pandoc.List{}
  if #citation.prefix > 0 then
    text:extend(citation.prefix)
    text:insert(pandoc.Str("\u{a0}" .. number))
  elseif citation.mode == "SuppressAuthor" then
    text:insert(pandoc.Str(number))
  else
    text:insert(pandoc.Str(names[kind] .. "\u{a0}" .. number))
  end
  return pandoc.Link(text, "#" .. id, "", { class = "cross-reference" })
end

local function resolve(cite)
  local out, hits = pandoc.List{}, 0
  for index, citation in ipairs(cite.citations) do
    local link = reference(citation)
    if link then
      hits = hits + 1
      if #out > 0 then out:extend{ pandoc.Str(","), pandoc.Space() } end
      out:insert(link)
      out:extend(citation.suffix)
    end
  end
  if hits == 0 then return nil end
  if hits < #cite.citations then
    error("RELATUM: one bracket holds a cross-reference and a citation. Write two brackets.")
  end
  return out
end

local function read_meta(meta)
  format = pandoc.utils.stringify(meta["relatum-format"] or "")
  numbered = meta["relatum-numbered"] == true
end

return {
  { Meta = read_meta },
  { RawBlock = raw_tables },
  { Image = describe },
  { traverse = "topdown", Div = number_div, Table = number_table, Figure = number_figure,
    Header = number_header, Para = number_equations },
  { Cite = resolve },
}
