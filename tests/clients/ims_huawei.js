// SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception
// The vendor's own core: signed requests (dialect A), its errors. Contract of the output: README.md.
const { BasicCredentials } = require('@huaweicloud/huaweicloud-sdk-core');
const { ClientBuilder } = require('@huaweicloud/huaweicloud-sdk-core/ClientBuilder');

const [base, access, secret, project, image, name, key] = process.argv.slice(2);
const credential = new BasicCredentials().withAk(access).withSk(secret).withProjectId(project);
const client = new ClientBuilder((core) => core).withCredential(credential).withEndpoint(base).build();

function send(method, url, pathParams, more = {}) {
	const common = { contentType: 'application/json', queryParams: {}, headers: {} };
	return client.sendRequest({ method, url, pathParams, ...common, ...more });
}

async function copy(data) {
	return (await send('POST', '/v1/cloudimages/{image_id}/copy', { image_id: image }, { data })).job_id;
}

async function ended(job) {
	for (;;) {
		const now = await send('GET', '/v1/{project_id}/jobs/{job_id}', { project_id: project, job_id: job });
		if (!['INIT', 'RUNNING'].includes(now.status))
			return now;
		await new Promise((resolve) => setTimeout(resolve, 100));
	}
}

async function list(queryParams) {
	return (await send('GET', '/v2/cloudimages', {}, { queryParams })).images;
}

async function failure(promise) {
	try {
		await promise;
	} catch (error) {
		return error;
	}
	throw new Error('not refused');
}

async function main() {
	const done = await ended(await copy({ name, cmk_id: key }));
	console.log('job', done.status);
	const [made] = await list({ id: done.entities.image_id, __imagetype: 'private' });
	console.log('image', made.id, made.name, made.__system__cmkid, made.__originalimagename);
	console.log('listed', (await list({ name, limit: 5 })).length);
	const data = [{ op: 'replace', path: '/name', value: `${name}-renamed` }];
	const changed = await send('PATCH', '/v2/cloudimages/{image_id}', { image_id: made.id }, { data });
	console.log('renamed', changed.name);
	await send('DELETE', '/v2/images/{image_id}', { image_id: made.id });
	const missing = await failure(send('GET', '/v2/images/{image_id}', { image_id: made.id }));
	console.log('missing', missing.httpStatusCode, missing.errorMsg);
	const fault = await failure(copy({ name: 'a/b' }));
	console.log('fault', fault.errorCode, fault.errorMsg);
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
