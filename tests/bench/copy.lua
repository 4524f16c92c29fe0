-- SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
-- wrk: copyImage calls, each with a name of its own. Arguments: PREFIX MODIFIER ASSET_HANDLE USER PASSWORD
local envelope = [[<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Header><authHeader xmlns="http://www.scene7.com/IpsApi/xsd"><user>%s</user><password>%s</password><appName>bench</appName><appVersion>1</appVersion></authHeader></soapenv:Header><soapenv:Body><copyImageParam xmlns="http://www.scene7.com/IpsApi/xsd/2014-04-03"><companyHandle>c|6</companyHandle><assetHandle>%s</assetHandle><folderHandle>f|ApiTestCo/</folderHandle><name>%s</name><urlModifier>%s</urlModifier></copyImageParam></soapenv:Body></soapenv:Envelope>]]
local threads = 0

function setup(thread)
	thread:set("number", threads)
	threads = threads + 1
end

function init(arguments)
	prefix, modifier, asset, user, password = unpack(arguments)
	count = 0
	password = password:gsub("&", "&amp;")
	headers = { ["Content-Type"] = "text/xml; charset=UTF-8", ["SOAPAction"] = '"copyImage"' }
end

function request()
	count = count + 1
	local name = prefix .. "-" .. number .. "-" .. count
	return wrk.format("POST", "/scene7/services/IpsApiService", headers,
		envelope:format(user, password, asset, name, (modifier:gsub("&", "&amp;"))))
end
