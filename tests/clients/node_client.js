// SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
// node `soap`: header and Basic, a fault. Contract of the output: README.md.
const soap = require('soap');

const [base, user, password, prefix] = process.argv.slice(2);
const wsdl = `${base}/scene7/webservice/IpsApi-2014-04-03.wsdl`;
const types = 'http://www.scene7.com/IpsApi/xsd/2014-04-03';
const copy = (name) => ({
	companyHandle: 'c|6',
	assetHandle: 'a|739|1|537',
	folderHandle: 'ApiTestCo/',
	name,
	urlModifier: 'wid=64',
});

async function main() {
	const withHeader = await soap.createClientAsync(wsdl);
	const header = { authHeader: { user, password, appName: 'node', appVersion: process.version } };
	withHeader.addSoapHeader(header, '', 'hdr', types);
	const [one] = await withHeader.copyImageAsync(copy(`${prefix}-header`));
	console.log('header', one.assetHandle);

	const withBasic = await soap.createClientAsync(wsdl);
	withBasic.setSecurity(new soap.BasicAuthSecurity(user, password));
	const [two] = await withBasic.copyImageAsync(copy(`${prefix}-basic`));
	console.log('basic', two.assetHandle);

	try {
		await withBasic.copyImageAsync(copy(`${prefix}-basic`));
	} catch (error) {
		const fault = error.root.Envelope.Body.Fault;
		const [name] = Object.keys(fault.detail);
		console.log('fault', fault.detail[name].code, name, fault.detail[name].reason);
	}
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
