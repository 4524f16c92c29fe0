/* SPDX-License-Identifier: GPL-2.0-or-later WITH cryptsetup-OpenSSL-exception */
/* The table of commands. */
#include "app.h"

#define O(name) OPT_BIT(OPT_##name)
#define CATALOG (SETTING_COMMON | SETTING_DATA)
#define PIXELS  (CATALOG | SETTING_RENDER)
#define ALL     (PIXELS | SETTING_SERVE)

#define PASSWORD_MORE                                                                              \
	"The password is asked for at the terminal, or taken from OPENIPS_PASSWORD or, with\n"     \
	"--password-stdin, from the first line of standard input."

/* clang-format off */
const struct command command_table[] = {
	{ "serve", "", "Run the server: SOAP, images, health on one port.", ALL, 0, 0, 0, run_serve,
	  "SIGTERM and SIGINT finish what is under way, then end it." },
	{ "health", "[URL]", "Ask a running server whether it is well.", ALL, 0, 0, 1, run_health,
	  "URL is http://127.0.0.1:PORT/healthz unless given. The exit status tells." },
	{ "init", "", "Make a data directory.", PIXELS, O(DEMO), 0, 0, run_init, NULL },
	{ "migrate", "", "Upgrade the data directory to this version.", CATALOG, 0, 0, 0, run_migrate, NULL },
	{ "check", "", "Prove that nothing is lost, dangling or changed.", CATALOG, O(DEEP), 0, 0, run_check, NULL },
	{ "gc", "", "Remove stored files that nothing needs.", CATALOG, O(MIN_AGE), 0, 0, run_gc,
	  "Safe beside a running server: files younger than --min-age stay. Waits for a backup under way." },

	{ "backup", "DIR", "Copy catalog and stored files, beside a running server.", CATALOG, 0, 1, 1, run_backup,
	  "DIR is new, empty or an earlier backup, which then gets what is new; it is the earlier one until this one is\n"
	  "whole. `openips check --deep --data DIR` proves it. Files are linked where DIR is on the same disk. What is\n"
	  "encrypted stays so, and the master key is NOT in it: keep that elsewhere, or the backup cannot be read." },
	{ "restore", "DIR", "Make a data directory out of a backup, and prove it.", CATALOG, 0, 1, 1, run_restore,
	  "--data names the new directory, which must not exist or be empty." },

	{ "import", "PATH...", "Take files and folders in.", PIXELS, O(COMPANY) | O(FOLDER) | O(USER) | O(KEY), 1, -1,
	  run_import,
	  "Folders are taken with everything below them, their subfolders become folders. A file that\n"
	  "cannot be taken is reported and skipped; then the exit status is 1. A colour profile is for icc=\n"
	  "and the attributes IccProfile... of the company; the newest of a name holds." },
	{ "export", "HANDLE", "Write an asset's file.", CATALOG, O(OUTPUT), 1, 1, run_export,
	  "To standard output unless -o is given." },
	{ "asset set", "ASSET FIELD=VALUE...", "Change what is kept beside a picture.", CATALOG, O(COMPANY) | O(USER), 2, -1,
	  run_asset_set, "ASSET is a handle or a name; the fields are userData, map, targets, imageSet, modifier and\n"
	  "postModifier. FIELD= takes the text away. ?? stands for the end of a line in userData and targets." },
	{ "asset show", "ASSET", "Show what is kept beside a picture.", CATALOG, O(COMPANY), 1, 1, run_asset_show, NULL },
	{ "template add", "NAME MODIFIERS", "Keep a request that other pictures and texts are put into.", CATALOG,
	  O(COMPANY) | O(FOLDER) | O(USER), 2, 2, run_template_add,
	  "MODIFIERS call what a request brings along: 'size=300,300&color=ffffff&layer=1&src=$object$&size=280,280'.\n"
	  "Apply it by .../PICTURE?template=NAME; change it by `openips asset set NAME modifier=...`." },
	{ "render", "FILE [MODIFIERS]", "Apply modifiers to a file, without a server.", SETTING_COMMON | SETTING_RENDER,
	  O(OUTPUT) | O(REPLY), 1, 2, run_render, "MODIFIERS as in a URL: 'wid=800&fmt=webp'." },
	{ "copy", "ASSET FOLDER NAME [MODIFIERS]", "Call copyImage of a server.", SETTING_COMMON,
	  O(COMPANY) | O(ENDPOINT) | O(USER) | O(BASIC) | O(PASSWORD_STDIN), 3, 4, run_copy,
	  "ASSET and --company are handles: openips copy -c 'c|6' -u EMAIL 'a|739|1|537' ApiTestCo/ Name\n"
	  PASSWORD_MORE },

	{ "company add", "NAME", "Add a company.", CATALOG, O(ID) | O(EXPIRES), 1, 1, run_company_add, NULL },
	{ "company list", "", "List companies.", CATALOG, 0, 0, 0, run_company_list, NULL },
	{ "company show", "NAME", "Show a company's attributes.", CATALOG, O(DEFAULT), 0, 1, run_company_show,
	  "What is set by the company itself is marked *." },
	{ "company set", "NAME [ATTRIBUTE=VALUE...]", "Change a company.", PIXELS, O(EXPIRES) | O(DEFAULT), 0, -1,
	  run_company_set, "ATTRIBUTE= goes back to what is inherited. `openips help attributes` lists them." },

	{ "macro set", "NAME DEFINITION", "Define what $NAME$ stands for.", CATALOG, O(COMPANY) | O(DEFAULT), 2, 2,
	  run_macro_set, "DEFINITION may call macros defined before it: openips macro set thumb 'wid=90&$sharp$'" },
	{ "macro remove", "NAME", "Forget a macro.", CATALOG, O(COMPANY) | O(DEFAULT), 1, 1, run_macro_remove, NULL },
	{ "macro list", "", "List macros.", CATALOG, O(COMPANY) | O(DEFAULT), 0, 0, run_macro_list, NULL },

	{ "key add", "", "Make a customer key to encrypt files with.", CATALOG, O(COMPANY), 0, 0, run_key_add,
	  "Prints its cmk_id. Keys are stored wrapped by the master key, which no catalog holds: keep it safe, and apart.\n"
	  "    openssl rand -hex 32 > master.key; openips key add --master-key file:master.key" },
	{ "key list", "", "List customer keys.", CATALOG, O(COMPANY), 0, 0, run_key_list, NULL },
	{ "key disable", "ID", "Switch a key off: what it encrypts can no longer be read.", CATALOG, 0, 1, 1,
	  run_key_disable, NULL },
	{ "key enable", "ID", "Switch a key on again.", CATALOG, 0, 1, 1, run_key_enable, NULL },
	{ "key rotate", "ID", "Give a key new bytes; no file is written again.", CATALOG, 0, 1, 1, run_key_rotate, NULL },
	{ "key master", "ORIGIN", "Wrap all customer keys by another master key.", CATALOG, 0, 1, 1, run_key_master,
	  "ORIGIN as for --master-key, which names the present one. A running server keeps the one it was started with." },

	{ "font set", "NAME FAMILY", "Give a font of this machine the name that texts use.", CATALOG,
	  O(COMPANY) | O(DEFAULT), 2, 2, run_font_set,
	  "Families of this machine (fc-list) are known by their own names, too: openips font set Headline 'DejaVu Serif'" },
	{ "font remove", "NAME", "Forget a name of a font.", CATALOG, O(COMPANY) | O(DEFAULT), 1, 1, run_font_remove, NULL },
	{ "font list", "", "List names of fonts.", CATALOG, O(COMPANY) | O(DEFAULT), 0, 0, run_font_list, NULL },

	{ "user add", "EMAIL", "Add a user.", CATALOG, O(ID) | O(FIRST_NAME) | O(LAST_NAME) | O(ADMIN) | O(PASSWORD_STDIN),
	  1, 1, run_user_add, PASSWORD_MORE },
	{ "user list", "", "List users.", CATALOG, 0, 0, 0, run_user_list, NULL },
	{ "user show", "EMAIL", "Show a user and the companies and roles.", CATALOG, 0, 1, 1, run_user_show, NULL },
	{ "user set", "EMAIL", "Change a user.", CATALOG, O(FIRST_NAME) | O(LAST_NAME) | O(ADMIN) | O(ACTIVE),
	  1, 1, run_user_set, NULL },
	{ "user password", "EMAIL", "Change a password.", CATALOG, O(PASSWORD_STDIN), 1, 1, run_user_password, PASSWORD_MORE },
	{ "user role", "EMAIL", "Set a user's role in a company.", CATALOG, O(COMPANY) | O(ROLE) | O(ACTIVE),
	  1, 1, run_user_role, NULL },

	{ "group add", "NAME", "Add a group to a company.", CATALOG, O(COMPANY), 1, 1, run_group_add, NULL },
	{ "group list", "", "List groups.", CATALOG, O(COMPANY), 0, 0, run_group_list, NULL },
	{ "group member", "GROUP EMAIL", "Put a user into a group.", CATALOG, O(COMPANY) | O(REMOVE), 2, 2, run_group_member, NULL },

	{ "folder add", "PATH", "Make a folder.", CATALOG, O(COMPANY), 1, 1, run_folder_add, NULL },
	{ "folder list", "", "List folders.", CATALOG, O(COMPANY) | O(FOLDER), 0, 0, run_folder_list, NULL },

	{ "permission set", "FOLDER GROUP read|write|delete allow|deny", "Grant or deny a group a folder.", CATALOG,
	  O(COMPANY) | O(OVERRIDE), 4, 4, run_permission_set, "Holds for the folders below unless these say otherwise." },
	{ "permission remove", "FOLDER GROUP read|write|delete", "Take a grant back.", CATALOG, O(COMPANY), 3, 3,
	  run_permission_remove, NULL },
	{ "permission list", "[FOLDER]", "List what groups may do in each folder.", CATALOG, O(COMPANY), 0, 1,
	  run_permission_list, NULL },

	{ "token add", "EMAIL", "Print a token for a day, for X-Auth-Token, and the project ID.", CATALOG, O(COMPANY), 1, 1,
	  run_token_add, NULL },
	{ "token remove", "EMAIL", "End all tokens of a user.", CATALOG, 0, 1, 1, run_token_remove, NULL },
	{ "access-key add", "EMAIL", "Print a new access key, its secret key and the project ID.", CATALOG, O(COMPANY),
	  1, 1, run_access_key_add, "The secret key is not shown again." },
	{ "access-key list", "", "List access keys.", CATALOG, 0, 0, 0, run_access_key_list, NULL },
	{ "access-key remove", "ACCESS", "End an access key.", CATALOG, 0, 1, 1, run_access_key_remove, NULL },
	{ "image set", "HANDLE [FIELD=VALUE...]", "Set fields of the image API; print the image ID.", CATALOG, 0, 1, -1,
	  run_image_set, "openips image set 'a|739' __os_type=Linux min_disk=40; FIELD= takes it back." },

	{ "version", "", "Print the version.", 0, 0, 0, 0, run_version, NULL },
	{ "help", "[COMMAND|settings|attributes|modifiers [NAME]|examples]",
	  "Explain a command, every setting, every attribute, or the image commands.", 0, 0, 0, 2, run_help,
	  "examples: name, demo picture and modifiers of each image command that works, tabs between them." },
};
/* clang-format on */
const size_t command_count = IPS_NELEM(command_table);
