-- SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
-- wrk: copies in the background, each with a name of its own. Arguments: PREFIX IMAGE_ID TOKEN
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(arguments)
	prefix, image, token = unpack(arguments)
	count = 0
	headers = { ["Content-Type"] = "application/json", ["X-Auth-Token"] = token }
end

function request()
	count = count + 1
	return wrk.format("POST", "/v1/cloudimages/" .. image .. "/copy", headers,
		'{"name":"' .. prefix .. "-" .. number .. "-" .. count .. '"}')
end
