/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* Copying, and what has become of it. */
#include "ims_priv.h"

#include <string.h>

#define JOB_TYPE "imsCopyImageInRegionJob"
#define TASK     "CopyImageInRegionTask"

static bool
is_project(const char *text)
{
	return strlen(text) == 32 && strspn(text, "0123456789abcdefABCDEF") == 32;
}

/* There is the default project alone. */
static bool
enterprise_good(struct ims *x, const char *id)
{
	if (id == NULL || strcmp(id, "0") == 0)
		return true;
	return ims_refuse(
	    x, 400, "IMG.0155", "The enterprise project ID '%s' is invalid: only 0 is known.", id);
}

static bool
read_copy(struct ims *x, const json_t *body, struct ips_background_copy *copy)
{
	const char *enterprise;

	return ims_text(x, body, "name", &copy->name) &&
	       ims_text(x, body, "description", &copy->description) &&
	       ims_text(x, body, "cmk_id", &copy->cmk_id) &&
	       ims_text(x, body, "enterprise_project_id", &enterprise) &&
	       ims_name_good(x, copy->name) && ims_description_good(x, copy->description) &&
	       enterprise_good(x, enterprise);
}

void
ims_copy(struct ims *x)
{
	struct ips_background_copy copy = { .uuid = x->segment[0] };
	struct ips_error err = { .fault = IPS_OK };
	IPS_CLEANUP(ims_decref) json_t *body = NULL;
	int64_t job;

	if (!ips_uuid_valid(copy.uuid)) {
		ims_refuse(x, 400, "IMG.0066", "The image ID '%s' is incorrect.", copy.uuid);
		return;
	}
	body = ims_body(x, JSON_OBJECT);
	if (body == NULL || !read_copy(x, body, &copy))
		return;
	if (!ips_service_copy_later(x->service, &x->call, &copy, &job, &err)) {
		ims_fault(x, &err);
		return;
	}
	ims_answer(x, 200,
	    json_pack("{s:s}", "job_id", ips_service_id(x->service, x->mem, IPS_ID_JOB, job)));
}

/* ---- Jobs ---- */

/* The image is named once it is being made, and for good when it is; progress is for what is under
 * way, reasons are for what failed. */
static json_t *
entities(struct ims *x, const struct ips_job *job)
{
	const char *image = ips_service_uuid(x->service, x->mem, job->target);

	switch (job->status) {
	case IPS_JOB_RUNNING:
		return json_pack("{s:s, s:f, s:s, s:s}", "image_name", job->name, "process_percent",
		    ips_service_job_progress(x->service, job), "current_task", TASK, "image_id", image);
	case IPS_JOB_SUCCESS:
		return json_pack("{s:s, s:s}", "image_name", job->name, "image_id", image);
	case IPS_JOB_FAIL:
		return json_pack("{s:s, s:s}", "error_code", job->error_code, "error", job->reason);
	default:
		return json_object();
	}
}

static void
show_job(struct ims *x, const char *id)
{
	static const char *const words[] = { "INIT", "RUNNING", "SUCCESS", "FAIL" };
	struct ips_error err = { .fault = IPS_OK };
	const struct ips_job *job;
	char begin[IPS_TIME_LEN], end[IPS_TIME_LEN] = "";

	if (!ips_service_job(x->service, &x->call, id, &job, &err)) {
		if (err.fault == IPS_NOT_FOUND)
			ims_refuse(x, 400, "IMG.0023",
			    "An exception occurred during task query: %s", err.reason);
		else
			ims_fault(x, &err);
		return;
	}
	ips_time_format(job->created, begin);
	if (job->ended != 0)
		ips_time_format(job->ended, end);
	ims_answer(x, 200,
	    json_pack("{s:s, s:s, s:s, s:s, s:s, s:s?, s:s?, s:o}", "job_id", id, "job_type",
		JOB_TYPE, "begin_time", begin, "end_time", end, "status", words[job->status],
		"error_code", job->error_code, "fail_reason", job->reason, "entities",
		entities(x, job)));
}

void
ims_job(struct ims *x)
{
	show_job(x, x->segment[0]);
}

void
ims_project_job(struct ims *x)
{
	const char *project = x->segment[0];

	if (!is_project(project))
		ims_refuse(x, 400, "IMG.0067", "The project ID '%s' is incorrect.", project);
	else if (g_ascii_strcasecmp(project,
		     ips_service_id(x->service, x->mem, IPS_ID_PROJECT, x->call.company->id)) != 0)
		ims_refuse(x, 400, "IMG.0030", "The project ID is not the one of the token.");
	else
		show_job(x, x->segment[1]);
}
