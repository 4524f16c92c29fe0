-- SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
-- wrk: of ten copyImage calls three make a JPEG smaller and seven change no pixel. Arguments: as copy.lua's, which this
-- stands on, without the modifier.
local here = debug.getinfo(1, "S").source:match("@?(.*/)") or "./"
dofile(here .. "../bench/copy.lua")
local first, plain = init, request
local NARROWEST, WIDTHS, RENDERED = 400, 401, 3

function init(arguments)
	table.insert(arguments, 2, "")
	first(arguments)
	turn = 0
end

function request()
	turn = turn + 1
	modifier = turn % 10 < RENDERED and "wid=" .. (NARROWEST + (turn * 7 + number) % WIDTHS) or ""
	return plain()
end
