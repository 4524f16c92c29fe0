/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "openips/base.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AUTHENTICATION IPS_FAULT_AUTHENTICATION
#define AUTHORIZATION  IPS_FAULT_AUTHORIZATION
#define API            IPS_FAULT_API

static const struct ips_fault_info fault_info[] = {
	[IPS_OK] = { 0, "OK", API, 200, false, NULL },

	[IPS_NO_CREDENTIALS] = { 10000, "AUTHENTICATION_FAULT_CODE_NO_CREDENTIALS", AUTHENTICATION,
	    401, false, NULL },
	[IPS_INVALID_CREDENTIALS] = { 10001, "AUTHENTICATION_FAULT_CODE_INVALID_CREDENTIALS",
	    AUTHENTICATION, 401, false, NULL },
	[IPS_INVALID_USER] = { 10002, "AUTHENTICATION_FAULT_CODE_INVALID_USER", AUTHENTICATION, 401,
	    false, "IMG.0026" },

	[IPS_INVALID_COMPANY] = { 20000, "AUTHORIZATION_FAULT_CODE_INVALID_COMPANY", AUTHORIZATION,
	    403, false, "IMG.0026" },
	[IPS_INVALID_REQUEST_USERNAME] = { 20001,
	    "AUTHORIZATION_FAULT_CODE_INVALID_REQUEST_USERNAME", AUTHORIZATION, 403, false, NULL },
	[IPS_INVALID_REQUEST_USER] = { 20002, "AUTHORIZATION_FAULT_CODE_INVALID_REQUEST_USER",
	    AUTHORIZATION, 403, false, NULL },
	[IPS_NO_OPERATION_PERMISSION] = { 20003, "AUTHORIZATION_FAULT_CODE_NO_OPERATION_PERMISSION",
	    AUTHORIZATION, 403, false, "IMG.0026" },
	[IPS_NO_IMPERSONATION_PERMISSION] = { 20004,
	    "AUTHORIZATION_FAULT_CODE_NO_IMPERSONATION_PERMISSION", AUTHORIZATION, 403, false,
	    NULL },
	[IPS_ILLEGAL_PARAMETER_VALUE] = { 20005, "AUTHORIZATION_FAULT_CODE_ILLEGAL_PARAMETER_VALUE",
	    AUTHORIZATION, 403, false, NULL },
	[IPS_ILLEGAL_COMPANY] = { 20006, "AUTHORIZATION_FAULT_CODE_ILLEGAL_COMPANY", AUTHORIZATION,
	    403, false, "IMG.0026" },
	[IPS_ILLEGAL_REQUEST_USER] = { 20007, "AUTHORIZATION_FAULT_CODE_ILLEGAL_REQUEST_USER",
	    AUTHORIZATION, 403, false, NULL },
	[IPS_ILLEGAL_ACCESS_GROUP] = { 20008, "AUTHORIZATION_FAULT_CODE_ILLEGAL_ACCESS_GROUP",
	    AUTHORIZATION, 403, false, NULL },
	[IPS_MISSING_PERMISSION] = { 20009, "AUTHORIZATION_FAULT_CODE_MISSING_PERMISSION",
	    AUTHORIZATION, 403, false, "IMG.0026" },

	[IPS_EXCEPTION] = { 30000, "IPS_API_FAULT_CODE_EXCEPTION", API, 500, false, NULL },
	[IPS_INVALID_PARAMETER] = { 30001, "IPS_API_FAULT_CODE_INVALID_PARAMETER", API, 400, false,
	    NULL },
	[IPS_MISSING_PARAMETER] = { 30002, "IPS_API_FAULT_CODE_MISSING_PARAMETER", API, 400, false,
	    NULL },
	[IPS_INVALID_REQUEST_XML] = { 30003, "IPS_API_FAULT_CODE_INVALID_REQUEST_XML", API, 400,
	    false, NULL },

	[IPS_NOT_FOUND] = { 30001, "NOT_FOUND", API, 404, false, "IMG.0027" },
	[IPS_TAKEN] = { 30000, "TAKEN", API, 409, false, NULL },
	[IPS_UNSUPPORTED] = { 30001, "UNSUPPORTED", API, 501, false, NULL },
	[IPS_LIMIT] = { 30001, "LIMIT", API, 413, false, NULL },
	[IPS_BROKEN_IMAGE] = { 30000, "BROKEN_IMAGE", API, 422, false, NULL },
	[IPS_BUSY] = { 30000, "BUSY", API, 503, true, NULL },
	[IPS_DEADLINE] = { 30000, "DEADLINE", API, 503, true, NULL },
	[IPS_INTERNAL] = { 30000, "INTERNAL", API, 500, false, NULL },
	[IPS_STORAGE] = { 30000, "STORAGE", API, 503, true, NULL },
	[IPS_KEY_REUSED] = { 30001, "KEY_REUSED", API, 422, false, NULL },

	[IPS_QUOTA] = { 30000, "QUOTA", API, 400, true, "IMG.0015" },
	[IPS_TASKS] = { 30000, "TASKS", API, 400, true, "IMG.0060" },
	[IPS_NOT_SUBMITTED] = { 30000, "NOT_SUBMITTED", API, 400, true, "IMG.0018" },
	[IPS_NOT_ACTIVE] = { 30001, "NOT_ACTIVE", API, 400, true, "IMG.0046" },
	[IPS_WHOLE_IMAGE] = { 30001, "WHOLE_IMAGE", API, 400, false, "IMG.0130" },
	[IPS_ISO_IMAGE] = { 30001, "ISO_IMAGE", API, 400, false, "IMG.0167" },
	[IPS_TOO_LARGE] = { 30001, "TOO_LARGE", API, 400, false, "IMG.0059" },
	[IPS_BARE_METAL] = { 30001, "BARE_METAL", API, 400, false, "IMG.0118" },
	[IPS_NO_KEY] = { 30001, "NO_KEY", API, 400, false, "IMG.0095" },
	[IPS_FOREIGN_KEY] = { 30001, "FOREIGN_KEY", API, 400, false, "IMG.0099" },
	[IPS_KEY_DISABLED] = { 30001, "KEY_DISABLED", API, 400, false, "IMG.0097" },
	[IPS_SAME_KEY] = { 30001, "SAME_KEY", API, 400, false, "IMG.0096" },
	[IPS_SOURCE_KEY_DISABLED] = { 30000, "SOURCE_KEY_DISABLED", API, 400, false, "IMG.0102" },
};
_Static_assert(IPS_NELEM(fault_info) == IPS_FAULT_COUNT, "every fault needs a row");

const struct ips_fault_info *
ips_fault_info(enum ips_fault fault)
{
	if ((unsigned)fault >= IPS_FAULT_COUNT)
		fault = IPS_INTERNAL;
	return &fault_info[fault];
}

/* What vsnprintf cut may end in half a character: drop that half. */
static void
drop_partial_character(char *text)
{
	size_t len = strlen(text);
	size_t lead = len;
	size_t tail = 0;

	while (lead > 0 && tail < 4 && ((unsigned char)text[lead - 1] & 0xC0) == 0x80) {
		lead--;
		tail++;
	}
	if (lead == 0)
		return;
	unsigned char first = (unsigned char)text[lead - 1];
	size_t need = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
	if (tail < need)
		text[lead - 1] = '\0';
}

/* A message is one line, whatever a caller put into the values that it quotes. */
static void
hide_controls(char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			*text = '?';
}

/* A value may have been cut in the middle of a character, or come from who knows where. */
static void
hide_invalid(char *text)
{
	const char *bad;

	while (!g_utf8_validate(text, -1, &bad)) {
		text += bad - text;
		*text++ = '?';
	}
}

/* Through a buffer of its own, as the arguments may be the very texts of err. */
static void
format_text(char *out, size_t size, const char *fmt, va_list args)
{
	char
	    text[MAX(sizeof((struct ips_error *)0)->reason, sizeof((struct ips_error *)0)->detail)];
	int len = vsnprintf(text, MIN(size, sizeof(text)), fmt, args);

	if (len < 0)
		text[0] = '\0';
	else if ((size_t)len >= size)
		drop_partial_character(text);
	hide_controls(text);
	hide_invalid(text);
	memcpy(out, text, strlen(text) + 1);
}

bool
ips_fail(struct ips_error *err, enum ips_fault fault, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, fmt);
	format_text(err->reason, sizeof(err->reason), fmt, args);
	va_end(args);
	err->fault = fault;
	err->detail[0] = '\0';
	return false;
}

bool
ips_fail_internal(struct ips_error *err, const char *fmt, ...)
{
	va_list args;

	if (err == NULL)
		return false;
	va_start(args, fmt);
	format_text(err->detail, sizeof(err->detail), fmt, args);
	va_end(args);
	err->fault = IPS_INTERNAL;
	g_strlcpy(err->reason, "The server could not complete the request.", sizeof(err->reason));
	return false;
}

static const struct {
	int code;
	enum ips_fault fault;
	const char *reason;
} passing[] = {
	{ ENOSPC, IPS_STORAGE, IPS_NO_ROOM },
	{ EDQUOT, IPS_STORAGE, IPS_NO_ROOM },
	{ EIO, IPS_STORAGE, IPS_SICK_DISK },
	{ EROFS, IPS_STORAGE, IPS_SICK_DISK },
	{ EMFILE, IPS_BUSY, "The server has too many files open: try again later." },
	{ ENFILE, IPS_BUSY, "The server has too many files open: try again later." },
};

bool
ips_fail_system(struct ips_error *err, int code, const char *fmt, ...)
{
	char what[sizeof(err->detail)];
	va_list args;

	va_start(args, fmt);
	vsnprintf(what, sizeof(what), fmt, args);
	va_end(args);
	ips_fail_internal(err, "%s: %s", what, g_strerror(code));
	for (size_t i = 0; err != NULL && i < IPS_NELEM(passing); i++) {
		if (passing[i].code != code)
			continue;
		err->fault = passing[i].fault;
		g_strlcpy(err->reason, passing[i].reason, sizeof(err->reason));
	}
	return false;
}
