/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/keys_root.h"
#include "cli/keys_rotate.h"
#include "cli/keys_tls.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/option.h"

struct rotate {
	const char *what, *dir;
	struct keys_root root;
	struct keys_tls tls;
};

static bool speaks_of_root(const struct rotate *r)
{
	return r->root.file || r->root.keep ||
	    rootkey_is_token(&r->root.to.source);
}

static bool speaks_of_tls(const struct rotate *r)
{
	return r->tls.certificate || r->tls.key;
}

static int rotate_root(struct rotate *r)
{
	if (rootkey_is_token(&r->root.to.source) == r->root.file ||
	    speaks_of_tls(r) || r->tls.add || r->tls.end)
		return say_usage("keys", "rotate root to --file, or to "
		    "--pkcs11 with --token, --token-key and --pin-file");
	r->root.dir = r->dir;
	return keys_root_rotate(&r->root);
}

static int rotate_tls(struct rotate *r)
{
	r->tls.dir = r->dir;
	if (speaks_of_root(r))
		return say_usage("keys", "--file, --keep, --pkcs11, --token, "
		    "--token-key and --pin-file go with rotate root");
	if (strcmp(r->what, "tls") == 0)
		return r->tls.certificate && r->tls.key && !r->tls.add &&
		    !r->tls.end ? keys_tls_server(&r->tls) :
		    say_usage("keys", "rotate tls PLANE takes --certificate "
		    "and --key");
	return !speaks_of_tls(r) && !r->tls.add != !r->tls.end ?
	    keys_tls_clients(&r->tls) : say_usage("keys",
	    "rotate clients-ca takes --add or --end");
}

static int run(struct rotate *r, int argc, char **argv)
{
	bool root, tls, clients;

	if (optind < argc)
		r->what = argv[optind++];
	root = r->what && strcmp(r->what, "root") == 0;
	tls = r->what && strcmp(r->what, "tls") == 0;
	clients = r->what && strcmp(r->what, "clients-ca") == 0;
	if ((!root && !tls && !clients) || (tls && optind == argc))
		return say_usage(
		    "keys", "rotate root, tls PLANE or clients-ca");
	if (tls)
		r->tls.plane = argv[optind++];
	r->dir = where_take(argc, argv, &optind, r->dir);
	if (!r->dir || optind != argc)
		return say_usage("keys", r->dir ?
		    "more words than this takes" : "name the instance");
	return root ? rotate_root(r) : rotate_tls(r);
}

int keys_rotate(int argc, char **argv, const char *help)
{
	static const struct option options[] = {
	    {"pkcs11", required_argument, NULL, 'm'},
	    {"token", required_argument, NULL, 't'},
	    {"token-key", required_argument, NULL, 'k'},
	    {"pin-file", required_argument, NULL, 'f'},
	    {"file", no_argument, NULL, 'F'},
	    {"keep", required_argument, NULL, 'K'},
	    {"certificate", required_argument, NULL, 'c'},
	    {"key", required_argument, NULL, 'p'},
	    {"add", required_argument, NULL, 'a'},
	    {"end", required_argument, NULL, 'e'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct rotate r = {0};
	const struct {
		int opt;
		const char **to;
	} texts[] = {{'K', &r.root.keep}, {'c', &r.tls.certificate},
	    {'p', &r.tls.key}, {'a', &r.tls.add}, {'e', &r.tls.end},
	    {'d', &r.dir}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		bool taken = c == 'F' ||
		    init_keys_option(&r.root.to, c, optarg);

		if (c == 'h')
			return say_help(help);
		r.root.file |= c == 'F';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].opt == c) {
				*texts[i].to = optarg;
				taken = true;
			}
		if (!taken)
			return say_usage("keys", "option not understood");
	}
	return run(&r, argc, argv);
}
