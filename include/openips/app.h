/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The program: settings, commands, the wiring of a server. The highest floor. */
#ifndef OPENIPS_APP_H
#define OPENIPS_APP_H

/* Runs one command to its end. Call it once, from main, before any thread. */
int ips_app_main(int argc, char **argv);

#endif
