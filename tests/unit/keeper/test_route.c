/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a question goes to the cell that the directory, or the card's own key,
 * says, and to no other; a wrong route is refused with what is right on the
 * day, and nobody was looked up; administrators are told the same.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include "keeper/bodies.h"
#include "keeper/desk.h"
#include "registry/routes.h"

#define TWO "0000000002"	/* cells 2 and 3: operators a, b */
#define R "route amc=" TWO " "
#define COVERED "\"CoverageEligibilityResponse\""
#define TODAY 20779		/* 2026-11-22 */

static struct sockaddr_un address;
static socklen_t address_size = sizeof(address);

/* A socket where the keeper has its administrators'. */
static int listen_group(void **state)
{
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC |
	    SOCK_NONBLOCK, 0);

	(void)state;
	address.sun_family = AF_UNIX;
	assert_int_equal(bind(fd, (struct sockaddr *)&address,
	    sizeof(address.sun_family)), 0);
	assert_int_equal(listen(fd, 4), 0);
	assert_int_equal(getsockname(
	    fd, (struct sockaddr *)&address, &address_size), 0);
	assert_true(fd < KEEPER_FD_ADMIN);
	assert_int_equal(dup2(fd, KEEPER_FD_ADMIN), KEEPER_FD_ADMIN);
	return close(fd);
}

struct office {
	struct desk d;
	struct chan *admin;	/* an administrator's end */
};

#define say(d, ...) \
	assert_int_equal(acts_do(&(d)->h.acts, 2, __VA_ARGS__), ERR_OK)

static void insurer(struct desk *d, const char *amc, const char *operator,
    unsigned card_key)
{
	say(d, "insurer amc=%s operator=%s feed-key=%s card-key=%s\n", amc,
	    operator, acts_ed25519((unsigned char)operator[0]),
	    acts_p256(card_key));
}

static int make(void **state)
{
	struct office *o = calloc(1, sizeof(*o));
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);

	assert_non_null(o);
	desk_make(&o->d);
	insurer(&o->d, TWO, "a", 2);
	insurer(&o->d, TWO, "b", 3);
	assert_int_equal(admin_listen(&o->d.k), ERR_OK);
	assert_int_equal(connect(
	    fd, (struct sockaddr *)&address, address_size), 0);
	assert_int_equal(loop_turn(o->d.k.loop, 0), ERR_OK);
	assert_non_null(o->d.k.admins[0]);
	assert_int_equal(chan_new(
	    fd, MSG_ADMIN, MSG_KEEPER, 1u << 20, &o->admin), ERR_OK);
	*state = o;
	return 0;
}

static int unmake(void **state)
{
	struct office *o = *state;

	admin_close(&o->d.k);
	chan_free(o->admin);
	desk_unmake(&o->d);
	free(o);
	return 0;
}

/* Asks; the answer must hold these words. Gives the cell of the entry. */
static uint32_t cell_of(struct desk *d, struct bodies_one b, uint16_t status,
    const char *words)
{
	struct desk_ask a = desk_plain();
	struct opening o = {.cell = 0};

	b.domain = "MED";
	a.body = bodies_question(b);
	desk_asks(d, a);
	desk_reads(d);
	desk_serves(d, 77);
	assert_null(desk_failed());
	assert_int_equal(desk_says(d, words), status);
	(void)house_leaf(&d->h, book_size(d->k.book) - 1, true, &o);
	if (status != 200)
		assert_int_equal(o.number, 0);
	return o.cell;
}

/* With a card of TWO, or none (key 0). */
static uint32_t by_card(
    struct desk *d, unsigned key, uint16_t status, const char *words)
{
	struct bodies_one b = {.amc = TWO};

	if (key)
		b.card = bodies_card(TWO, key, 9, HOUSE_NOW);
	else
		b.member = "02447812";
	return cell_of(d, b, status, words);
}

static uint32_t by_route(struct desk *d, const char *convention,
    const char *csr, uint16_t status, const char *words)
{
	const struct bodies_one b = {.amc = TWO, .member = "02447812",
	    .convention = convention, .csr = csr};

	return cell_of(d, b, status, words);
}

/* Nobody has said anything about an AMC of two operators: its cards do. */
static void test_cards_alone(void **state)
{
	struct desk *d = &((struct office *)*state)->d;
	struct bodies_one bad = {.amc = TWO, .card = "TP1:NO CARD"};

	assert_int_equal(by_card(d, 0, 422, "route-unsaid"), 0);
	assert_int_equal(by_card(d, 2, 200, COVERED), 2);
	assert_int_equal(by_card(d, 3, 200, COVERED), 3);
	(void)by_card(d, 4, 422, "route-unsaid");	/* nobody's key */
	(void)cell_of(d, bad, 422, "route-unsaid");
	/* a key that turned: what the one before signed goes the same way */
	say(d, "turn kind=card amc=" TWO "@a key=%s\n", acts_p256(5));
	assert_int_equal(by_card(d, 2, 200, COVERED), 2);
	assert_int_equal(by_card(d, 5, 200, COVERED), 2);
	/* who left has no cards */
	assert_int_equal(acts_do(&d->h.acts, 1, "revoke amc=" TWO "@a\n"),
	    ERR_OK);
	(void)by_card(d, 2, 422, "route-unsaid");
	assert_int_equal(by_card(d, 3, 200, COVERED), 3);
}

/* Two operators with one key: a card of it says nothing. */
static void test_a_shared_card_key(void **state)
{
	struct desk *d = &((struct office *)*state)->d;
	struct bodies_one b = {.amc = "0000000003"};

	insurer(d, b.amc, "a", 2);
	insurer(d, b.amc, "b", 2);
	b.card = bodies_card(b.amc, 2, 9, HOUSE_NOW);
	(void)cell_of(d, b, 422, "route-unsaid");
}

static void test_the_directory(void **state)
{
	struct desk *d = &((struct office *)*state)->d;

	say(d, R "convention=VM operator=a from=2026-01-01\n"
	    R "convention=SP csr=C1 operator=b from=2026-01-01\n"
	    R "convention=SP csr=C2 operator=b from=2026-12-01\n"
	    R "convention=KX operator=x url=https://x.example/fhir "
	    "from=2026-01-01\n");
	assert_int_equal(by_route(d, "VM", NULL, 200, COVERED), 2);
	assert_int_equal(by_route(d, "SP", "C1", 200, COVERED), 3);
	(void)by_route(d, "SP", "C2", 422, "\"route-over\"");
	(void)by_route(d, "ZZ", NULL, 422, "\"route\"");
	assert_non_null(memmem(d->kept.p, d->kept.n, "VM/*", 4));
	(void)by_route(d, "KX", NULL, 422, "\"route-elsewhere\"");
	assert_non_null(memmem(d->kept.p, d->kept.n, "https://x.example", 17));
	/* the one that is elsewhere is told, and no other */
	assert_null(memmem(d->kept.p, d->kept.n, "VM/*", 4));
	/* several answer: the card says which, else nobody */
	(void)by_card(d, 0, 422, "route-unsaid");
	assert_int_equal(by_card(d, 2, 200, COVERED), 2);
	assert_int_equal(by_card(d, 3, 200, COVERED), 3);
}

/* An operator that has no route on the day has no cards on it either. */
static void test_cards_of_a_day(void **state)
{
	struct desk *d = &((struct office *)*state)->d;

	say(d, R "convention=VM operator=a from=2026-01-01\n"
	    R "convention=KX operator=x from=2026-01-01\n"
	    R "convention=SP operator=b from=2027-01-01\n");
	assert_int_equal(by_card(d, 2, 200, COVERED), 2);
	(void)by_card(d, 3, 422, "route-unsaid");
}

/* The route is ended while its refusal waits for the disk. */
static void test_elsewhere_no_more(void **state)
{
	struct desk *d = &((struct office *)*state)->d;
	struct desk_ask a = desk_plain();

	say(d, R "operator=x from=2026-01-01\n");
	a.body = bodies_question((struct bodies_one){
	    .amc = TWO, .member = "02447812", .domain = "MED"});
	desk_asks(d, a);
	desk_reads(d);
	say(d, R "operator=x from=2026-01-01 until=2026-02-01\n");
	decide_commit(&d->k);
	assert_int_equal(desk_says(d, "route-elsewhere"), 422);
	assert_null(memmem(d->kept.p, d->kept.n, "right-route", 11));
}

/* What an administrator hears: the lines, one behind the other. */
static enum err hears(struct office *o, struct buf *out)
{
	enum err e = ERR_COUNT;
	struct msg m;

	buf_clear(out);
	admin_flush(&o->d.k);
	while (e == ERR_COUNT) {
		struct reader r;

		assert_int_equal(chan_get(o->admin, &m), ERR_OK);
		if (m.type == MSG_ADMIN_PART) {
			buf_put_span(out, m.body);
			continue;
		}
		assert_int_equal(m.type, MSG_ADMIN_DONE);
		r = reader_of(m.body);
		e = read_u16(&r);
	}
	buf_put_u8(out, '\0');
	assert_int_equal(out->err, ERR_OK);
	return e;
}

static enum err wants(struct office *o, struct span body, struct buf *out)
{
	assert_int_equal(chan_put(o->admin, MSG_ADMIN_ROUTES, 5, body),
	    ERR_OK);
	assert_int_equal(chan_flush(o->admin), ERR_OK);
	assert_int_equal(loop_turn(o->d.k.loop, 0), ERR_OK);
	return hears(o, out);
}

/* A question of one route, or the list of an AMC. */
static const char *told(struct office *o, bool one, int32_t day,
    const char *amc, const char *convention)
{
	static char said[2u << 20];
	struct buf body, out;

	buf_init(&body, 128);
	buf_init(&out, sizeof(said));
	buf_put_u8(&body, one);
	buf_put_u32(&body, (uint32_t)day);
	buf_put_s16(&body, span_str(amc));
	buf_put_s16(&body, span_str(convention));
	buf_put_s16(&body, span_str(""));
	assert_int_equal(wants(o, buf_span(&body), &out), ERR_OK);
	(void)snprintf(said, sizeof(said), "%s", (const char *)out.p);
	buf_release(&body);
	buf_release(&out);
	return said;
}

static unsigned lines_of(const char *text)
{
	unsigned n = 0;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void test_one_route_is_looked_up(void **state)
{
	struct office *o = *state;
	const char *said;

	say(&o->d, R "convention=VM operator=a from=2026-01-01\n"
	    R "convention=SP operator=b from=2026-01-01 until=2026-06-30\n"
	    R "convention=KX operator=x from=2026-01-01\n");
	assert_string_equal(told(o, true, TODAY, DESK_AMC, "VM"),
	    "{\"verdict\":\"unknown\"}\n");
	said = told(o, true, INT32_MIN, TWO, "VM");	/* today */
	assert_int_equal(lines_of(said), 2);
	assert_non_null(strstr(said, "{\"verdict\":\"good\"}"));
	assert_non_null(strstr(said, "\"operator\":\"a\",\"here\":true,"
	    "\"from\":\"2026-01-01\",\"said\""));
	said = told(o, true, TODAY, TWO, "SP");
	assert_non_null(strstr(said, "{\"verdict\":\"route-over\"}"));
	assert_int_equal(lines_of(said), 3);	/* those that are right */
	said = told(o, true, TODAY, TWO, "ZZ");
	assert_non_null(strstr(said, "{\"verdict\":\"route\"}"));
	said = told(o, true, TODAY, TWO, "");
	assert_non_null(strstr(said, "{\"verdict\":\"route-unsaid\"}"));
	said = told(o, true, TODAY, TWO, "KX");
	assert_non_null(strstr(said, "{\"verdict\":\"route-elsewhere\"}"));
	assert_non_null(strstr(said, "\"operator\":\"x\",\"here\":false"));
}

static void test_the_list(void **state)
{
	struct office *o = *state;
	const char *said;

	assert_string_equal(told(o, false, ROUTES_FOREVER, "", ""), "");
	say(&o->d, R "convention=VM operator=a from=2026-01-01 "
	    "url=https://a.example/fhir\n"
	    "route amc=" DESK_AMC " operator=o from=2026-01-01 "
	    "until=2026-06-30\n");
	say(&o->d, R "convention=VM operator=b from=2026-01-01\n");
	/* all of it, with what was said before */
	said = told(o, false, ROUTES_FOREVER, "", "");
	assert_int_equal(lines_of(said), 3);
	assert_non_null(strstr(said, "\"url\":\"https://a.example/fhir\""));
	assert_non_null(strstr(said, "\"replaced_by\":"));
	assert_non_null(strstr(said, "\"until\":\"2026-06-30\""));
	assert_int_equal(
	    lines_of(told(o, false, ROUTES_FOREVER, TWO, "")), 2);
	said = told(o, false, TODAY, "", "");
	assert_int_equal(lines_of(said), 1);
	assert_non_null(strstr(said, "\"operator\":\"b\""));
	assert_string_equal(told(o, false, TODAY, DESK_AMC, ""), "");
}

/* More than goes into one message, and nothing of it is lost. */
static void test_a_long_list(void **state)
{
	struct office *o = *state;
	struct registry_route route = {.amc = TWO, .operator = "a",
	    .from_day = TODAY, .until_day = ROUTES_FOREVER};

	memset(route.url, 'u', ROUTES_URL);
	for (int i = 0; i < 400; i++) {
		(void)snprintf(
		    route.convention, sizeof(route.convention), "C%d", i);
		assert_int_equal(routes_add(o->d.h.acts.r, &route), ERR_OK);
	}
	assert_int_equal(lines_of(told(o, false, TODAY, TWO, "")), 400);
}

static void test_what_is_no_request(void **state)
{
	static const uint8_t bytes[12];
	struct office *o = *state;
	struct buf out;

	buf_init(&out, 4096);
	assert_int_equal(wants(o, span_of(bytes, 12), &out), ERR_SHAPE);
	assert_int_equal(wants(o, span_of("\0\0\0\0\0\0\7\0\0\0\0", 11), &out),
	    ERR_SHAPE);
	buf_release(&out);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    CASE(test_cards_alone),
	    CASE(test_a_shared_card_key),
	    CASE(test_the_directory),
	    CASE(test_cards_of_a_day),
	    CASE(test_elsewhere_no_more),
	    CASE(test_one_route_is_looked_up),
	    CASE(test_the_list),
	    CASE(test_a_long_list),
	    CASE(test_what_is_no_request),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, listen_group, NULL);
}
