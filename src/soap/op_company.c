/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include "soap_priv.h"

bool
get_company_info(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getCompanyInfoParam *in = param;
	struct _ips__getCompanyInfoReturn *out = reply;
	const struct ips_company *company;

	if (!ips_service_company(
		work->service, work->call, in->companyName, in->imsOrgId, &company, err))
		return false;
	out->companyInfo = company_field(work->mem, company);
	return true;
}

static void
fill_membership(struct ips_arena *mem, const struct ips_membership *membership,
    struct ips__CompanyMembership *out)
{
	out->company = company_field(mem, membership->company);
	out->role = text_field(mem, ips_role_name(membership->role));
	out->isActive = bool_field(mem, membership->active);
}

/* Old versions list companies, newer ones companies with the role in them: both are filled, and
 * what the version does not know is taken out again. */
bool
get_company_membership(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__getCompanyMembershipParam *in = param;
	struct _ips__getCompanyMembershipReturn *out = reply;
	const struct ips_membership *found;
	size_t count;

	if (!ips_service_memberships(
		work->service, work->call, in->userHandle, &found, &count, err))
		return false;
	out->companyArray = IPS_NEW(work->mem, struct ips__CompanyArray);
	out->companyArray->items = IPS_NEW_N(work->mem, struct ips__Company, count + 1);
	out->companyArray->__sizeitems = (int)count;
	out->membershipArray = IPS_NEW(work->mem, struct ips__CompanyMembershipArray);
	out->membershipArray->items =
	    IPS_NEW_N(work->mem, struct ips__CompanyMembership, count + 1);
	out->membershipArray->__sizeitems = (int)count;
	for (size_t i = 0; i < count; i++) {
		fill_membership(work->mem, &found[i], &out->membershipArray->items[i]);
		out->companyArray->items[i] = *out->membershipArray->items[i].company;
	}
	return true;
}

bool
check_login(struct work *work, const void *param, void *reply, struct ips_error *err)
{
	const struct _ips__checkLoginParam *in = param;
	struct _ips__checkLoginReturn *out = reply;
	bool valid;

	if (!ips_service_check_login(work->service, work->call, text_field(work->mem, in->email),
		text_field(work->mem, in->password), &valid, &work->call->delay_ms, err))
		return false;
	out->status = text_field(work->mem, valid ? "ValidLogin" : "InvalidLogin");
	return true;
}
