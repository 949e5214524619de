/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/file.h"
#include "super/nginx.h"
#include "upstream/body.h"
#include "upstream/refuse.h"

#define CONF_MOST 32768
#define CONNECTIONS 8192	/* of one worker: a client and its gate */
#define SPARE_FDS 64
/* Fewer than a gate has open (gate/gate.c) where descriptors are not scarce;
 * half of them may be kept by workers that have nothing to ask. */
#define GATE_CONNECTIONS 4096
#define KEPT_MOST 256		/* by one worker */

/* --- what this nginx can do --- */

/*
 * max_headers came late and was backported by Debian: an nginx without it
 * does not start with it. Directive names stand in the program as text.
 */
static bool holds_word(const char *program, const char *word)
{
	int fd = open(program, O_RDONLY | O_CLOEXEC);
	bool holds = false;
	struct stat st;
	void *p;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) == 0 && st.st_size > 0) {
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
		if (p != MAP_FAILED) {
			holds = memmem(p, (size_t)st.st_size, word,
			            strlen(word) + 1) != NULL;
			(void)munmap(p, (size_t)st.st_size);
		}
	}
	(void)close(fd);
	return holds;
}

struct nginx_powers nginx_powers(const char *program)
{
	struct rlimit limit;
	struct nginx_powers p = {.max_headers =
	                             holds_word(program, "max_headers"),
	    .descriptors = 1024};

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0)
		p.descriptors = limit.rlim_cur;
	return p;
}

/* --- the file --- */

/* Below alert its lines quote what a client asked for, and a client may have
 * put a person there. */
bool nginx_quotes(const struct conf *c)
{
	return c->drill && c->log_level == LOG_DEBUG;
}

static void write_main(const struct instance *in, unsigned plane,
    struct nginx_powers powers, struct buf *out)
{
	size_t connections = powers.descriptors > CONNECTIONS + SPARE_FDS
	    ? CONNECTIONS
	    : powers.descriptors - SPARE_FDS;

	buf_text(out,
	    "# Written by ecluse-super at each start, from ecluse.conf.\n"
	    "# Names are relative to this folder, where nginx is started.\n"
	    "# No rewrite, set, regex or map: nothing here computes.\n"
	    "daemon off;\n");
	buf_printf(out, "pid nginx-%s/pid;\n", conf_plane_word(plane));
	/* of master and workers: one that died by a signal is an alert */
	buf_printf(out, "error_log stderr %s;\n",
	    nginx_quotes(&in->conf) ? "info" : "alert");
	buf_printf(out, "worker_processes %u;\n", in->conf.workers);
	buf_text(out, "worker_shutdown_timeout 5s;\n\n");
	buf_printf(out, "events {\n\tworker_connections %zu;\n}\n\n",
	    connections);
}

/*
 * Each worker keeps connections to the gate for itself: all of them together
 * leave room there for a worker that has none.
 */
static size_t kept(const struct instance *in, struct nginx_powers powers)
{
	size_t gate = powers.descriptors > GATE_CONNECTIONS + SPARE_FDS ?
	    GATE_CONNECTIONS : powers.descriptors - SPARE_FDS;
	size_t share = gate / 2 / in->conf.workers;

	if (share > KEPT_MOST)
		return KEPT_MOST;
	return share > 0 ? share : 1;
}

static void write_limits(const struct instance *in, unsigned plane,
    struct nginx_powers powers, struct buf *out)
{
	static const char *const temporary[] = {"client_body", "proxy",
	    "fastcgi", "uwsgi", "scgi"};
	const char *word = conf_plane_word(plane);
	unsigned body_k = (unsigned)(body_most(plane) / 1024);

	/*
	 * Lines below alert, of the main level above, would quote request
	 * lines, and a client may have put anything into its request line.
	 */
	buf_text(out,
	    "http {\n"
	    "\taccess_log off;\n"
	    "\tserver_tokens off;\n"
	    "\tdefault_type application/octet-stream;\n"
	    "\tsendfile on;\n");
	for (size_t i = 0; i < sizeof(temporary) / sizeof(temporary[0]); i++)
		buf_printf(out, "\t%s_temp_path nginx-%s/%s;\n",
		    temporary[i], word, temporary[i]);
	buf_text(out,
	    "\n\t# docs/limits.md\n"
	    "\tclient_header_timeout 5s;\n"
	    "\tclient_body_timeout 5s;\n"
	    "\tsend_timeout 5s;\n"
	    "\tkeepalive_timeout 30s;\n"
	    "\tkeepalive_requests 100000;\n"
	    "\treset_timedout_connection on;\n"
	    "\tclient_header_buffer_size 2k;\n"
	    "\tlarge_client_header_buffers 4 8k;\n");
	buf_printf(out,
	    "\tclient_max_body_size %uk;\n"
	    "\t# as large as a body: none is written to the disk, but one\n"
	    "\t# of tiny chunks (docs/limits.md)\n"
	    "\tclient_body_buffer_size %uk;\n", body_k, body_k);
	if (powers.max_headers)
		buf_text(out, "\tmax_headers 40;\n");
	buf_printf(out,
	    "\tlimit_conn_zone $binary_remote_addr zone=address:2m;\n"
	    "\tlimit_conn_status 429;\n\n"
	    "\tupstream gate {\n"
	    "\t\tserver unix:gate-%s.sock max_fails=0;\n"
	    "\t\tkeepalive %zu;\n"
	    "\t\tkeepalive_requests 1000000;\n"
	    "\t\tkeepalive_timeout 300s;\n"
	    "\t}\n\n", word, kept(in, powers));
}

/*
 * Tickets are off, so that no ticket key outlives a handshake's secrecy;
 * resumption uses the server's memory, one session for each handshake. Where
 * certificates are asked for nothing is resumed: they are looked at in a whole
 * handshake alone, and each resumption gives a session for the next one. So who
 * came back in time would come in for ever, his certificate over or its
 * authority ended.
 */
static void write_sessions(
    const struct conf_plane *c, const char *word, struct buf *out)
{
	if (c->certificate == CONF_CERTIFICATE_NONE)
		buf_printf(out,
		    "\t\tssl_session_cache shared:%s:4m;\n"
		    "\t\tssl_session_timeout 1h;\n"
		    "\t\tssl_session_tickets off;\n"
		    "\t\tssl_conf_command NumTickets 1;\n", word);
	else
		buf_text(out,
		    "\t\tssl_session_cache off;\n"
		    "\t\tssl_session_tickets off;\n"
		    "\t\tssl_conf_command NumTickets 0;\n");
}

/* TLS 1.3 alone: its clients are practice software and our own. */
static void write_tls(
    const struct instance *in, unsigned plane, struct buf *out)
{
	const struct conf_plane *c = &in->conf.plane[plane];
	const char *word = conf_plane_word(plane);

	buf_text(out, "\tserver {\n");
	buf_printf(out, "\t\tlisten %s%s%s:%u ssl backlog=4096;\n",
	    strchr(c->address, ':') ? "[" : "", c->address,
	    strchr(c->address, ':') ? "]" : "", c->port);
	buf_printf(out, "\t\tlimit_conn address %u;\n\n", c->connections);
	buf_printf(out,
	    "\t\tssl_protocols TLSv1.3;\n"
	    "\t\tssl_certificate ../tls/%s.pem;\n"
	    "\t\tssl_certificate_key ../tls/%s.key;\n"
	    "\t\tssl_ecdh_curve X25519:prime256v1:secp384r1;\n",
	    word, word);
	write_sessions(c, word, out);
	if (c->certificate != CONF_CERTIFICATE_NONE)
		buf_printf(out,
		    "\t\tssl_client_certificate ../tls/clients-ca.pem;\n"
		    "\t\tssl_verify_client %s;\n"
		    "\t\tssl_verify_depth 3;\n",
		    c->certificate == CONF_CERTIFICATE_REQUIRED
		        ? "on"
		        : "optional");
	buf_text(out, "\n");
}

/*
 * The pages' own location takes any body length: where it is not internal the
 * page of a 413 was refused with 413 again (measurements.md §8.5).
 */
static void write_refusals(struct buf *out)
{
	buf_text(out,
	    "\t\terror_page 400 411 412 416 421 501 505 /oo/400.json;\n"
	    "\t\terror_page 495 496 =400 /oo/certificate.json;\n"
	    "\t\terror_page 497 =400 /oo/tls.json;\n"
	    "\t\terror_page 403 404 =404 /oo/404.json;\n"
	    "\t\terror_page 405 /oo/405.json;\n"
	    "\t\terror_page 413 /oo/413.json;\n"
	    "\t\terror_page 414 /oo/414.json;\n"
	    "\t\terror_page 494 =431 /oo/431.json;\n"
	    "\t\terror_page 429 /oo/429.json;\n"
	    "\t\terror_page 500 502 503 504 =503 /oo/503.json;\n"
	    "\t\tlocation ^~ /oo/ {\n"
	    "\t\t\tinternal;\n"
	    "\t\t\tclient_max_body_size 0;\n"
	    "\t\t\talias oo/;\n"
	    "\t\t\tdefault_type " REFUSE_CONTENT_TYPE ";\n"
	    "\t\t\tadd_header Cache-Control no-store always;\n"
	    "\t\t}\n");
	for (unsigned why = 1; why < REFUSE_COUNT; why++) {
		const struct refuse_text *t = refuse_text(why);

		if (!t->file || t->retry_after_s == 0)
			continue;
		buf_printf(out,
		    "\t\tlocation = /oo/%s {\n"
		    "\t\t\tinternal;\n"
		    "\t\t\tclient_max_body_size 0;\n"
		    "\t\t\talias oo/%s;\n"
		    "\t\t\tdefault_type " REFUSE_CONTENT_TYPE ";\n"
		    "\t\t\tadd_header Cache-Control no-store always;\n"
		    "\t\t\tadd_header Retry-After %u always;\n"
		    "\t\t}\n",
		    t->file, t->file, t->retry_after_s);
	}
}

/*
 * nginx knows a file again by its second and length, and a checkpoint of the
 * same second has the length of the one before: it is always sent whole, or who
 * asks with If-None-Match would be told for hours that nothing came.
 */
#define NEVER_THE_SAME                                                        \
	"\t\t\tetag off;\n"                                                   \
	"\t\t\tif_modified_since off;\n"

/* A folder named without its slash would be sent elsewhere, to the host that
 * the client named. */
#define FILES_ALONE "\t\t\ttry_files $uri =404;\n"

/*
 * Checkpoint and hash tiles are public; entry bundles are for witnesses and
 * auditors (design §5) and never stand in this folder, nor pass here.
 */
static void write_journal(struct buf *out)
{
	buf_printf(out,
	    "\n\t\t# the journal's public folder, opened by super; in a\n"
	    "\t\t# configuration of your own write its path\n"
	    "\t\tlocation = /journal/checkpoint {\n"
	    "\t\t\talias /proc/self/fd/%d/checkpoint;\n"
	    "\t\t\tdefault_type \"text/plain; charset=utf-8\";\n"
	    "\t\t\tadd_header Cache-Control no-store;\n"
	    NEVER_THE_SAME
	    "\t\t}\n"
	    "\t\tlocation = /journal/service {\n"
	    "\t\t\talias /proc/self/fd/%d/service;\n"
	    "\t\t\tdefault_type \"text/plain; charset=utf-8\";\n"
	    "\t\t\tadd_header Cache-Control no-store;\n"
	    NEVER_THE_SAME
	    "\t\t}\n"
	    "\t\tlocation ^~ /journal/after/ {\n"
	    "\t\t\talias /proc/self/fd/%d/after/;\n"
	    FILES_ALONE
	    "\t\t\tdefault_type \"text/plain; charset=utf-8\";\n"
	    "\t\t}\n"
	    "\t\tlocation ^~ /journal/tile/ {\n"
	    "\t\t\talias /proc/self/fd/%d/tile/;\n"
	    FILES_ALONE
	    "\t\t\tadd_header Cache-Control "
	    "\"public, max-age=604800, immutable\";\n"
	    "\t\t}\n"
	    "\t\tlocation ^~ /journal/tile/entries/ {\n"
	    "\t\t\tdeny all;\n"
	    "\t\t}\n",
	    NGINX_FD_PUBLIC, NGINX_FD_PUBLIC, NGINX_FD_PUBLIC,
	    NGINX_FD_PUBLIC);
}

static void write_param(struct buf *out, const char *name, const char *value)
{
	buf_printf(out, "\t\t\tfastcgi_param %s %s;\n", name, value);
}

/*
 * No header of the client passes by itself: each wanted one is named here and
 * in gate/request.c. X-Accel headers of a gate that was taken over mean
 * nothing.
 */
static void write_gate(struct buf *out)
{
	buf_text(out,
	    "\n\t\tlocation / {\n"
	    "\t\t\tfastcgi_pass gate;\n"
	    "\t\t\tfastcgi_keep_conn on;\n"
	    "\t\t\tfastcgi_pass_request_headers off;\n"
	    "\t\t\tfastcgi_request_buffering on;\n"
	    "\t\t\tfastcgi_buffer_size 8k;\n"
	    "\t\t\tfastcgi_buffers 26 8k;\n"
	    "\t\t\tfastcgi_max_temp_file_size 0;\n"
	    "\t\t\tfastcgi_connect_timeout 1s;\n"
	    "\t\t\tfastcgi_send_timeout 5s;\n"
	    "\t\t\tfastcgi_read_timeout 15s;\n"
	    "\t\t\tfastcgi_next_upstream off;\n"
	    "\t\t\tfastcgi_ignore_headers X-Accel-Redirect X-Accel-Expires "
	    "X-Accel-Limit-Rate X-Accel-Buffering X-Accel-Charset Expires "
	    "Cache-Control Set-Cookie Vary;\n");
	write_param(out, "REQUEST_METHOD", "$request_method");
	write_param(out, "REQUEST_URI", "$request_uri");
	write_param(out, "HTTP_HOST", "$http_host");
	write_param(out, "CONTENT_TYPE", "$content_type if_not_empty");
	write_param(out, "CONTENT_LENGTH", "$content_length if_not_empty");
	write_param(out, "HTTP_CONTENT_DIGEST",
	    "$http_content_digest if_not_empty");
	write_param(out, "HTTP_SIGNATURE_INPUT",
	    "$http_signature_input if_not_empty");
	write_param(out, "HTTP_SIGNATURE", "$http_signature if_not_empty");
	write_param(out, "HTTP_CONTENT_ENCODING",
	    "$http_content_encoding if_not_empty");
	write_param(
	    out, "CLIENT_VERIFY", "$ssl_client_verify if_not_empty");
	buf_text(out, "\t\t}\n\t}\n}\n");
}

void nginx_write(const struct instance *in, unsigned plane,
    struct nginx_powers powers, struct buf *out)
{
	write_main(in, plane, powers, out);
	write_limits(in, plane, powers, out);
	write_tls(in, plane, out);
	write_refusals(out);
	write_journal(out);
	write_gate(out);
}

void nginx_conf(unsigned plane, char *out, size_t size)
{
	(void)snprintf(out, size, "nginx-%s.conf", conf_plane_word(plane));
}

/* --- files --- */

static enum err install_refusal(
    const struct instance *in, enum refuse_why why)
{
	char name[64], path[CONF_PATH];
	struct buf b;
	enum err e;

	(void)snprintf(
	    name, sizeof(name), "run/oo/%s", refuse_text(why)->file);
	instance_path(in, name, path, sizeof(path));
	buf_init(&b, REFUSE_MOST);
	refuse_write(why, NULL, &b);
	e = b.err ? b.err : file_replace(path, buf_span(&b), 0644);
	buf_release(&b);
	return e;
}

static enum err install_plane(const struct instance *in, unsigned plane,
    struct nginx_powers powers)
{
	char name[NGINX_NAME], below[NGINX_NAME + 8], path[CONF_PATH];
	struct buf b;
	enum err e;

	buf_init(&b, CONF_MOST);
	nginx_write(in, plane, powers, &b);
	nginx_conf(plane, name, sizeof(name));
	(void)snprintf(below, sizeof(below), "run/%s", name);
	instance_path(in, below, path, sizeof(path));
	e = b.err ? b.err : file_replace(path, buf_span(&b), 0644);
	buf_release(&b);
	return e;
}

enum err nginx_install(const struct instance *in)
{
	struct nginx_powers powers = nginx_powers(in->conf.nginx);
	enum err e = ERR_OK;

	for (unsigned why = 1; !e && why < REFUSE_COUNT; why++)
		if (refuse_text(why)->file)
			e = install_refusal(in, why);
	for (unsigned p = 1; !e && p < CONF_PLANES; p++)
		if (in->conf.plane[p].enabled)
			e = install_plane(in, p, powers);
	return e;
}
