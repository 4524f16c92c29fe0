/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The way of one request: read, enter, check, decode, do, select, encode. */
#include "soap_priv.h"

#include <string.h>

static bool
read_request(struct exchange *x, bool plain, struct ips_error *err)
{
	const struct ips_http_request *request = x->request;
	const char *type = ips_http_header(request, "Content-Type");
	const struct ips_xml_node *root;

	/* Until the envelope says better: for the fault about a document that cannot be read. */
	x->envelope.form = plain                                          ? FORM_PLAIN
			   : type && strstr(type, "application/soap+xml") ? FORM_SOAP12
									  : FORM_SOAP11;
	x->envelope.gzip = -1;
	if (!ips_xml_parse(x->worker->xml, request->body ? request->body : "", request->body_len,
		&root, err) ||
	    !envelope_read(root, plain, x->mem, &x->envelope, err))
		return false;
	envelope_basic(&x->envelope, ips_http_header(request, "Authorization"), x->mem);
	return true;
}

static bool
needs(const char *required, const char *name)
{
	size_t len = strlen(name);

	for (const char *at = required; (at = strstr(at, name)) != NULL; at += len)
		if ((at == required || at[-1] == ' ') && (at[len] == ' ' || at[len] == '\0'))
			return true;
	return false;
}

static bool
enter(struct exchange *x, struct ips_error *err)
{
	struct envelope *envelope = &x->envelope;
	struct ips_request request = {
		.mem = x->mem,
		.credentials = { envelope->user, envelope->password },
		.address = x->request->peer,
		.operation = envelope->operation,
		.company_handle = child_text(envelope->param, "companyHandle", x->mem),
		.idempotency_key = ips_http_header(x->request, "Idempotency-Key"),
	};
	enum ips_operation op;

	x->response->operation = envelope->operation;
	x->response->user = envelope->user;
	x->response->company = request.company_handle;
	x->response->counted = "unknown";
	if (ips_operation_find(envelope->operation, strlen(envelope->operation), &op)) {
		const char *required = ips_operation_info(op)->required;

		request.missing = first_missing(envelope->param, required, x->mem);
		request.offered = operations[op].run != NULL;
		x->response->counted =
		    request.offered ? ips_operation_info(op)->name : "not offered";
		/* <companyHandle/> where it may be left out is a form field left empty. */
		if (request.company_handle && !*request.company_handle &&
		    !needs(required, "companyHandle"))
			request.company_handle = NULL;
	}
	if (ips_service_enter(x->soap->service, &request, &x->call, err))
		return true;
	/* What is not offered is no wrong parameter when it is the operation itself. */
	if (err->fault == IPS_UNSUPPORTED)
		err->fault = IPS_EXCEPTION;
	return false;
}

static bool
perform(struct exchange *x, GString *out, struct ips_error *err)
{
	const struct operation *operation = &operations[x->call.op];
	const struct ips_contract_operation *contract = x->soap->contract[x->call.op];
	struct work work = {
		.exchange = x,
		.service = x->soap->service,
		.call = &x->call,
		.mem = x->mem,
		.version = x->envelope.version,
	};
	void *reply = ips_arena_alloc(x->mem, contract->result->size);
	const void *param;

	if (!check_values(contract->param, x->envelope.param, x->mem, err) ||
	    !codec_decode(x->worker, &x->envelope, operation->get, &param, err) ||
	    !operation->run(&work, param, reply, err))
		return false;
	selection_apply(work.selection, contract->result, work.version, reply);
	reply_begin(out, x->envelope.form);
	if (!codec_encode(x->worker, x->envelope.uri, operation->put, reply, out, err))
		return false;
	reply_end(out, x->envelope.form);
	return true;
}

static void
log_fault(const struct exchange *x, const struct ips_error *err)
{
	if (err->fault == IPS_INTERNAL || err->detail[0] != '\0')
		IPS_LOG(IPS_LOG_ERROR, "fault", { "id", x->request->id },
		    { "operation", x->envelope.operation }, { "reason", err->reason },
		    { "detail", err->detail });
}

static void
answer_fault(struct exchange *x, GString *out, const struct ips_error *err)
{
	g_string_truncate(out, 0);
	reply_fault(out, x->envelope.form, err);
	x->response->status =
	    x->envelope.fault_status ? x->envelope.fault_status : x->soap->default_fault_status;
	x->response->fault_code = ips_fault_info(err->fault)->code;
	log_fault(x, err);
}

void
exchange_run(struct ips_soap *soap, struct worker *worker, const struct ips_http_request *request,
    bool plain, struct ips_http_response *response)
{
	struct exchange x = {
		.soap = soap,
		.worker = worker,
		.request = request,
		.response = response,
		.mem = request->mem,
	};
	struct ips_error err = { 0 };
	GString *out = g_string_sized_new(1024);

	response->status = 200;
	ips_service_view_begin(soap->service);
	if (!read_request(&x, plain, &err) || !enter(&x, &err) || !perform(&x, out, &err))
		answer_fault(&x, out, &err);
	ips_service_view_end(soap->service);
	response->type = reply_type(x.envelope.form);
	response->body = out;
	response->delay_ms = x.call.delay_ms;
	if (x.envelope.gzip >= 0)
		response->coding = x.envelope.gzip ? IPS_CODING_GZIP : IPS_CODING_PLAIN;
	codec_done(worker);
}
