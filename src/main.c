/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
#include <openips/app.h>

int
main(int argc, char **argv)
{
	return ips_app_main(argc, argv);
}
