-- Callouts, page breaks, equations and figures in the words of each writer; runs after citeproc.

local format = ""
local titles = { note = "Note", tip = "Tip", warning = "Warning", important = "Important",
  caution = "Caution" }

local function quoted(text)
  return '"' .. text:gsub("\\", "\\\\"):gsub('"', '\\"'):gsub("\n", " ") .. '"'
end

local function callout_kind(div)
  for _, class in ipairs(div.classes) do
    local kind = class:match("^callout%-(%a+)$")
    if kind then return kind end
  end
end

local function callout_title(div, kind)
  local given = div.attributes["title"]
  if given then return pandoc.read(given, "markdown").blocks[1].content, div.content end
  local first = div.content[1]
  if first and first.t == "Header" then
    local rest = pandoc.List(div.content)
    rest:remove(1)
    return first.content, rest
  end
  return pandoc.Inlines{ pandoc.Str(titles[kind]) }, div.content
end

local function html_callout(kind, title, body, collapse)
  local classes = { "callout", "callout-" .. kind }
  if collapse == "true" or collapse == "false" then
    local open = collapse == "false" and " open" or ""
    local blocks = pandoc.Blocks{ pandoc.RawBlock("html",
      '<details class="' .. table.concat(classes, " ") .. '"' .. open .. '><summary class="callout-title">') }
    blocks:insert(pandoc.Plain(title))
    blocks:insert(pandoc.RawBlock("html", "</summary>"))
    blocks:insert(pandoc.Div(body, { class = "callout-body" }))
    blocks:insert(pandoc.RawBlock("html", "</details>"))
    return blocks
  end
  return pandoc.Div({ pandoc.Div({ pandoc.Plain(title) }, { class = "callout-title" }),
    pandoc.Div(body, { class = "callout-body" }) }, pandoc.Attr("", classes, { role = "note" }))
end

-- In Word a callout is a table of one cell: lists and figures keep inside its edge.
local function docx_callout(kind, title, body)
  local name = "Callout" .. titles[kind]
  local head = pandoc.Div({ pandoc.Para(title) }, { ["custom-style"] = "Callout Title" })
  local inside = pandoc.Blocks{ head }
  inside:extend(body)
  local box = pandoc.utils.from_simple_table(pandoc.SimpleTable(
    {}, { pandoc.AlignDefault }, { 1.0 }, {}, { { inside } }))
  box.attr = pandoc.Attr("", {}, { ["custom-style"] = name })
  return { box, pandoc.Div({ pandoc.Para({ pandoc.Str("\u{200b}") }) },
    { ["custom-style"] = "Callout End" }) }
end

local function typst_callout(kind, title, body)
  local blocks = pandoc.Blocks{ pandoc.RawBlock("typst", '#callout("' .. kind .. '")[') }
  blocks:insert(pandoc.Plain(title))
  blocks:insert(pandoc.RawBlock("typst", "]["))
  blocks:extend(body)
  blocks:insert(pandoc.RawBlock("typst", "]"))
  return blocks
end

local function page_break()
  if format == "docx" then
    return pandoc.RawBlock("openxml", '<w:p><w:r><w:br w:type="page"/></w:r></w:p>')
  elseif format == "typst" then
    return pandoc.RawBlock("typst", "#pagebreak(weak: true)")
  end
  return pandoc.RawBlock("html", '<div class="page-break"></div>')
end

local function banner(div)
  if format == "docx" then
    return pandoc.Div(div.content, { ["custom-style"] = "Simulated Banner" })
  elseif format == "typst" then
    local blocks = pandoc.Blocks{ pandoc.RawBlock("typst", "#simulated-banner[") }
    blocks:extend(div.content)
    blocks:insert(pandoc.RawBlock("typst", "]"))
    return blocks
  end
end

local function div(element)
  if element.classes:includes("page-break") then return page_break() end
  local kind = callout_kind(element)
  if element.classes:includes("simulated-banner") then
    if kind then
      local title, body = callout_title(element, kind)
      element.content = pandoc.Blocks{ pandoc.Para({ pandoc.Strong(title) }) } .. body
      element.attributes, element.classes = {}, { "simulated-banner" }
    end
    return banner(element) or element
  end
  if not kind then return nil end
  local title, body = callout_title(element, kind)
  if format == "docx" then return docx_callout(kind, title, body) end
  if format == "typst" then return typst_callout(kind, title, body) end
  return html_callout(kind, title, body, element.attributes["collapse"])
end

local function typst_math(math, id, number)
  local block = math.mathtype == "DisplayMath"
  local made = pandoc.Inlines{ pandoc.RawInline("typst",
    "#described(block: " .. tostring(block) .. ", numbered: " .. tostring(number ~= nil)
    .. ", alt: " .. quoted(pandoc.utils.stringify(pandoc.Str(math.text))) .. ", ") }
  made:insert(math)
  made:insert(pandoc.RawInline("typst", ")" .. (id and (" <" .. id .. ">") or ";")))
  return made
end

local function equation(span)
  if not span.classes:includes("equation") then return nil end
  local math, number = span.content[1], span.attributes["number"]
  if format == "typst" then return typst_math(math, span.identifier, number), false end
  if format == "docx" then
    math.text = math.text .. "\\qquad(" .. number .. ")"
    return pandoc.Span({ math }, { id = span.identifier }), false
  end
  return pandoc.Span({ math, pandoc.Span("(" .. number .. ")", { class = "equation-number" }) },
    pandoc.Attr(span.identifier, { "equation" })), false
end

local function lone_math(element)
  if format == "typst" then return typst_math(element) end
end

local function image(element)
  if format ~= "typst" then return nil end
  local alt = pandoc.utils.stringify(element.caption)
  local size = ""
  for _, side in ipairs{ "width", "height" } do
    local given = element.attributes[side]
    if given then
      local number, unit = given:match("^([%d%.]+)(%a*%%?)$")
      if unit == "px" or unit == "" then given = tostring(tonumber(number) * 0.75) .. "pt" end
      size = size .. ", " .. side .. ": " .. given
    end
  end
  return pandoc.RawInline("typst",
    "#report-image(" .. quoted(element.src) .. ", alt: " .. quoted(alt) .. size .. ")")
end

local function raw(element)
  local own = { html = "html", docx = "openxml", typst = "typst" }
  if element.format == "html" and element.text:match("^%s*<!%-%-.*%-%->%s*$") then return {} end
  if element.format ~= own[format] then
    error("RELATUM: raw " .. element.format .. " would vanish from this format: "
      .. element.text:sub(1, 60))
  end
end

-- Pandoc gives the columns of a table with long lines the same width when the dashes are alike.
-- Such a table, or one without widths, takes the width of the text when its content is wide; each
-- column first gets room for its longest word, and then a share of the rest by its longest cell.
local function measure(rows, columns)
  for _, row in ipairs(rows) do
    local at = 0
    for _, cell in ipairs(row.cells) do
      at = at + 1
      local column = columns[at]
      if cell.col_span == 1 and column then
        local text = pandoc.utils.stringify(cell.contents)
        column.length = math.max(column.length, utf8.len(text) or 0)
        for word in text:gmatch("%S+") do
          column.word = math.max(column.word, utf8.len(word) or 0)
        end
      end
      at = at + cell.col_span - 1
    end
  end
end

local function chosen(colspecs)
  local first = colspecs[1][2]
  for _, spec in ipairs(colspecs) do
    if spec[2] and math.abs(spec[2] - (first or 0)) > 0.001 then return true end
  end
  return #colspecs == 1 and first ~= nil
end

-- How many letters of a table's type fill a line; Word may set a wider font than the one named.
local LINE = { docx = 96, typst = 100 }
local MARGIN = { docx = 5, typst = 3 }

local function set_widths(element)
  if chosen(element.colspecs) then return end
  local columns = {}
  for index = 1, #element.colspecs do columns[index] = { length = 3, word = 3 } end
  measure(element.head.rows, columns)
  for _, body in ipairs(element.bodies) do measure(body.body, columns) end
  local total, least, wished = 0, 0, 0
  for _, column in ipairs(columns) do
    total = total + column.length + 3
    column.least = column.word + (MARGIN[format] or 3)
    column.wish = math.max(0, math.min(column.length, 44) * 0.75 + 2 - column.least)
    least = least + column.least
    wished = wished + column.wish
  end
  local spare = wished > 0 and math.max(0, (LINE[format] or 100) - least) / wished or 0
  local sum = least + spare * wished
  local narrow = format == "html" or (format == "typst" and total < 75)
  for index, spec in ipairs(element.colspecs) do
    local width = nil
    local column = columns[index]
    if not narrow then width = (column.least + spare * column.wish) / sum end
    element.colspecs[index] = { spec[1], width }
  end
end

-- A row that holds bold words in its first cell and nothing else is a heading over the whole row.
local function is_heading(row)
  if #row.cells < 2 then return false end
  for index = 2, #row.cells do
    if #row.cells[index].contents > 0 then return false end
  end
  local block = row.cells[1].contents[1]
  if #row.cells[1].contents ~= 1 or block.t ~= "Plain" then return false end
  return #block.content == 1 and block.content[1].t == "Strong"
end

local function span_headings(element)
  for _, body in ipairs(element.bodies) do
    for _, row in ipairs(body.body) do
      if is_heading(row) then
        local cell = row.cells[1]
        cell.col_span = #row.cells
        row.cells = { cell }
      end
    end
  end
end

local function fit_table(element)
  span_headings(element)
  set_widths(element)
  if format == "html" then
    return pandoc.Div({ element }, pandoc.Attr("", { "table-scroll" },
      -- Pairs, not keys: their order is that of the page.
      { { "tabindex", "0" }, { "role", "group" }, { "aria-label", "Table" } }))
  end
  return element
end

return {
  { Meta = function(meta) format = pandoc.utils.stringify(meta["relatum-format"] or "") end },
  { RawBlock = raw, RawInline = raw },
  { traverse = "topdown", Span = equation, Math = lone_math },
  { Image = image },
  { Div = div },
  { Table = fit_table },
}
