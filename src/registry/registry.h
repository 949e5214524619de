/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may ask, for whom, and by whose decision: administrators, insurers and
 * their cells, sites, professionals, installations' keys, budgets, modes. The
 * state is a fold over the registry log; every entry is an act
 * (registry/act.h) signed by as many administrators as its words need:
 *
 *   word          names                                         signatures
 *   instance      drill                                         first entry
 *   service       answer promise sealing                        first entry
 *   vault         number key                                    2
 *   admin         key name                                      2
 *   insurer       amc operator hosted-by feed-key card-key label 2
 *   profession    code plane domains t24 c24 t30 c30 m24 m30    2
 *   wide          scope code floor24 each24 floor30 each30      2
 *   budget        site or rpps, t24 c24 t30 c30 m24 m30 default 2
 *   cap           keys-day persons24 persons30                  2
 *   mode          control mode                                  2
 *   ceiling       amc cell persons-hour                         2
 *   clock         confirm                                       2
 *   scope         asker from to amc log                         2
 *   continue      confirm; or from size root known-size known-root  2
 *   site          id profession finess siret label              1, or 2 *
 *   professional  rpps site                                     1, or 2 *
 *   key           spki site plane rpps since                         1, or 2 *
 *   revoke        one of key site rpps amc admin                1
 *   close         one gate (below), reason                      1
 *   open          the same gate, reason                         2
 *   turn          kind key amc from                             2
 *   destroy       kind generation amc month                     2
 *   decoy         amc persons set react withdraw                2
 *   route         amc convention csr operator url from until    2
 *   purge         month; or ended                               2
 *
 * (*) more than REGISTRY_ALONE_KEYS keys, or than one site, in one act, or
 * more than REGISTRY_ALONE_DAY of either by one signature in 24 hours: bulk.
 * The first entry is init's, signed by the log's key; it names the first
 * administrators, the service keys and the figures. `since` (a key's age) is taken in a drill instance only; elsewhere
 * the act's own time counts. Each of profession, wide, budget, cap, mode,
 * ceiling, clock, scope, continue, revoke, close, open, turn, destroy, decoy
 * and purge stands alone in its act, but for the first entry.
 *
 * amc=N names a cell, everywhere but in insurer and route; where two operators
 * have that AMC, amc=N@OPERATOR does.
 *
 * A gate is plane=P, profession=CODE plane=P, amc=N (a cell), site=ID, key=ID
 * or rpps=N. Closed is not revoked: it opens again, by two signatures, for
 * only people close.
 *
 * An act is applied whole or not at all. Its text is accepted once, and only
 * from REGISTRY_ACT_AHEAD_MS before its time to REGISTRY_ACT_LIFE_MS after it:
 * an old signature of a former administrator is worth nothing. Figures that
 * the guard would refuse are refused here.
 */
#pragma once
#include <stdbool.h>
#include "base/limits.h"
#include "base/map.h"
#include "crypto/sign.h"
#include "registry/act.h"

#define REGISTRY_ALONE_KEYS 4
#define REGISTRY_ALONE_DAY 8
/* each has a key or a site */
#define REGISTRY_ALONE_ACTS (2 * REGISTRY_ALONE_DAY)
/* what new keys are capped at until an act says otherwise */
#define REGISTRY_CAP_KEYS 2000		/* new keys in 24 hours */
#define REGISTRY_CAP_PERSONS24 5000	/* of all of them, without a card */
#define REGISTRY_CAP_PERSONS30 50000
#define REGISTRY_ACT_LIFE_MS (INT64_C(7) * 86400000)
#define REGISTRY_ACT_AHEAD_MS 60000	/* of an act's time before ours */
#define REGISTRY_ADMINS 64	/* living at once */
#define REGISTRY_ID_SIZE 21	/* site id: 1 to 20 of A-Z a-z 0-9 . _ - */
#define REGISTRY_NAME_SIZE 41	/* operator, administrator's name */
#define REGISTRY_RPPS_SIZE 12
#define REGISTRY_AMC_SIZE 11
/* a cell's name: AMC, or AMC@OPERATOR */
#define REGISTRY_CELL_SIZE (REGISTRY_AMC_SIZE + REGISTRY_NAME_SIZE)
#define REGISTRY_KEY_RPPS 64	/* professionals one key may speak for */
#define REGISTRY_PROFESSIONS 32
#define REGISTRY_PROFESSION_DOMAINS 16
#define REGISTRY_PROMISES 3
#define REGISTRY_POINT 4	/* how an uncompressed point begins (SEC 1) */
#define REGISTRY_PLANES 5	/* numbers 1 to 4, as in msg/ask.h */
#define REGISTRY_GATE_SIZE 72	/* "profession:CODE@PLANE" is the longest */
#define REGISTRY_PASTS 16	/* logs before this one */
#define REGISTRY_ORIGIN_SIZE 256
#define REGISTRY_DECOYS 64	/* living sets of decoys, of all cells */
#define REGISTRY_VAULTS 1024	/* numbers of vaults are below */
#define REGISTRY_CEILINGS 1024	/* that vaults keep: one of all cells, others */
#define REGISTRY_CARD_SITES 14	/* the most that guard/ can tell apart */

struct registry_admin {
	uint8_t key[SIGN_ED25519_KEY];
	char name[REGISTRY_NAME_SIZE];
	bool revoked;
};

struct registry_insurer {	/* cell number: its place + 1 */
	char amc[REGISTRY_AMC_SIZE];
	char operator[REGISTRY_NAME_SIZE];
	char hosted_by[REGISTRY_NAME_SIZE];	/* empty: not hosted */
	struct sign_public *feed_key, *card_key;
	/* until they are destroyed, what they signed is good too; or NULL */
	struct sign_public *feed_before, *card_before;
	bool revoked, closed;
	bool decoy_closes;	/* a hit on a decoy closes the key that asked */
	uint32_t next;	/* place + 1 of the next one with this AMC, or 0 */
};

struct registry_profession {
	char code[REGISTRY_ID_SIZE];
	uint8_t domain_count;
	char domains[REGISTRY_PROFESSION_DOMAINS][9];
	/* t24 c24 t30 c30 m24 m30, by plane */
	uint32_t figures[REGISTRY_PLANES][6];
	uint8_t closed;		/* bit n: on plane n */
};

struct registry_site {
	char id[REGISTRY_ID_SIZE];
	uint32_t profession;	/* place in professions */
	uint32_t own;		/* place + 1 in owns; 0: its profession's */
	bool revoked, closed;
};

struct registry_professional {
	char rpps[REGISTRY_RPPS_SIZE];
	uint32_t own;		/* as a site's */
	bool revoked, closed;
};

struct registry_key {
	uint8_t id[SIGN_KEY_ID];
	struct sign_public *key;
	uint32_t site;
	uint8_t plane;		/* the one it speaks on: journal/leaf.h */
	uint32_t rpps_count;
	uint32_t *rpps;		/* places in professionals */
	int64_t since_ms;	/* its age counts from then */
	int64_t taken_ms;	/* by the keeper, never back */
	bool revoked, closed;
};

/* A site's or a professional's own figures. */
struct registry_own {
	bool is_site;
	uint32_t place;		/* in sites or professionals */
	bool preset;		/* given back: the profession's count again */
	uint32_t figures[6];	/* t24 c24 t30 c30 m24 m30 */
};

struct registry_cap {
	uint32_t keys_day, persons24, persons30;
};

struct registry_service {
	uint8_t answer[SIGN_ED25519_KEY], promise[SIGN_ED25519_KEY];
	uint8_t sealing[65];
	/* in a note alone (registry/service.h): when it was written, and the
	 * promise keys before the one in use that are still good */
	int64_t issued_ms;
	uint8_t promise_count;
	uint8_t promises[REGISTRY_PROMISES][SIGN_ED25519_KEY];
};

/* A row of data/wide.csv: floor24 each24 floor30 each30. */
struct registry_wide {
	char scope[REGISTRY_ID_SIZE], code[REGISTRY_ID_SIZE];
	uint32_t figures[4];
};

/* A vault's key; the last of its number counts. */
struct registry_vault {
	uint32_t number;
	uint8_t key[SIGN_ED25519_KEY];
};

/* Which act's ceiling the vaults keep for a cell; 0: for those without one. */
struct registry_ceiling {
	uint32_t cell;
	int64_t said_ms;	/* the act's own time */
};

struct registry_mode {
	char control[REGISTRY_ID_SIZE];
	bool observe;
};

/* A log that ended with a restore behind what was known of it. */
struct registry_past {
	char origin[REGISTRY_ORIGIN_SIZE];
	uint64_t size, known_size;	/* known_size 0: nothing is known */
	uint8_t root[32], known_root[32];
};

/* Persons who do not exist; who they are, the keeper alone has. */
struct registry_decoy {
	uint32_t cell, persons;
	uint8_t set[32];	/* hash of their names (keeper/decoys.h) */
	int64_t said_ms;	/* the act's own time */
	int64_t withdrawn_ms;	/* 0: it lives */
};

/* What people closed and have not opened yet. */
struct registry_closing {
	char gate[REGISTRY_GATE_SIZE];	/* "site:0A0000017", "plane:flow" */
	uint32_t cell;			/* of an amc's gate; else 0 */
	char reason[REGISTRY_NAME_SIZE];	/* empty: none was given */
	int64_t since_ms;		/* the act's own time */
};

enum registry_gate {
	REGISTRY_NO_GATE, REGISTRY_PLANE, REGISTRY_PROFESSION, REGISTRY_CELL,
	REGISTRY_SITE, REGISTRY_KEY, REGISTRY_PERSON
};

/* What an act with one signature enrolled, and when. */
struct registry_alone {
	int64_t time_ms;
	unsigned keys, sites;
};

struct registry_turn;	/* registry/turns.h */
struct registry_route;	/* registry/routes.h */

/* What an act asked for besides changing the registry. */
enum registry_wish { REGISTRY_NOTHING, REGISTRY_SCOPE, REGISTRY_CLOCK };

struct registry {
	bool drill;
	struct registry_service service;
	struct registry_admin *admins;
	struct registry_insurer *insurers;
	struct registry_profession *professions;
	struct registry_site *sites;
	struct registry_professional *professionals;
	struct registry_key *keys;
	struct registry_wide *wides;
	struct registry_mode *modes;
	struct registry_vault *vaults;
	struct registry_ceiling *ceilings;
	struct registry_closing *closings;
	struct registry_own *owns;
	struct registry_decoy *decoys;
	struct registry_turn *turns;	/* registry/turns.h */
	struct registry_route *routes;	/* registry/routes.h */
	uint32_t *months;		/* destroyed ones */
	uint32_t purged_month;		/* with all before it; 0: none */
	int32_t purged_day;	/* rights that ended by then; 0: none */
	struct registry_cap cap;
	uint8_t closed_planes;		/* bit n: plane n */
	size_t admin_count, insurer_count, profession_count, site_count;
	size_t professional_count, key_count, wide_count, mode_count;
	size_t closing_count, own_count, turn_count, month_count, vault_count;
	size_t decoy_count, route_count, ceiling_count;
	struct map by_amc, by_site, by_rpps, by_key, by_profession, by_route;
	struct map texts;
	struct registry_alone alone[REGISTRY_ALONE_ACTS];	/* a ring */
	size_t alone_next;
	int64_t alone_ms;	/* the latest of their times */
	uint64_t version;	/* acts applied */
	char origin[REGISTRY_ORIGIN_SIZE];	/* of the journal, now */
	struct registry_past pasts[REGISTRY_PASTS];	/* oldest first */
	size_t past_count;
	bool reopened;		/* two people did, after the last restore */
};

struct registry_fault {
	uint32_t line;		/* behind the head, 0: the act as a whole */
	char words[120];	/* what is wrong and what to do; no values */
};

MUST_CHECK enum err registry_new(struct registry **ret);
void registry_free(struct registry *r);

/* The origin of the registry's log: "<origin>-registry". */
MUST_CHECK enum err registry_origin(
    const char *origin, char *out, size_t size);

/*
 * Applies an act whose signatures were verified: signers is how many distinct
 * administrators signed, first is true for entry 0 alone, live_ms is the
 * present time or 0 when the log is replayed. On error nothing changed and
 * *fault says what to do. ERR_EXISTS: this very text was applied before;
 * ERR_STATE: first is not what the registry's state calls for; ERR_REFUSED:
 * too few signed.
 */
MUST_CHECK enum err registry_apply(struct registry *r, struct span text,
    unsigned signers, bool first, int64_t live_ms,
    enum registry_wish *ret_wish, struct registry_fault *fault);

/*
 * What registry_apply asks before it looks into the lines: is the text new and
 * its time near, do its words and their company fit, did enough sign? Nothing
 * changes. Errors as registry_apply.
 */
MUST_CHECK enum err registry_check(struct registry *r, struct span text,
    unsigned signers, int64_t live_ms, struct registry_fault *fault);

/* What an act's text tells about itself, without any registry. */
struct registry_asks {
	struct act_head head;
	struct span lines;	/* behind the head */
	unsigned signers;	/* administrators it needs, at least */
	unsigned keys, sites, count;	/* count: of lines */
	int64_t until_ms;	/* to be sent before then */
};

/* Reads it; ERR_SHAPE, ERR_UNKNOWN (a word), ERR_STATE (company that a lone
 * word does not take) with *fault. Signatures are nobody's business here. */
MUST_CHECK enum err registry_asks(struct span text, struct registry_asks *ret,
    struct registry_fault *fault);
/* What the keeper says of an act that was taken before: sending it again does
 * no harm. */
#define REGISTRY_TAKEN "this act was applied before"
/* And of a day that `purge` does not take: of the act, and of who only asks
 * what would go. */
#define REGISTRY_PURGE_EARLY                                                  \
	"rights that ended less than a year ago are kept"
#define REGISTRY_PURGE_TWICE                                                  \
	"rights that ended by this day are purged already: name a later one"

/* Is there what a first entry must have given: service keys and two
 * administrators? */
bool registry_is_founded(const struct registry *r);

/* Look-ups: a view into the registry until the next act, or NULL. */
const struct registry_key *registry_key(
    const struct registry *r, const uint8_t id[static SIGN_KEY_ID]);
const struct registry_site *registry_site(
    const struct registry *r, struct span id);
/*
 * The cell of an AMC, "0099100001". An AMC that several operators administer
 * has a cell under each: then "0099100001@operator" names one, and the number
 * alone names none.
 */
const struct registry_insurer *registry_insurer(
    const struct registry *r, struct span name);
/* All cells of an AMC (10 digits): the first, then the next; NULL at the end.
 * Revoked ones are among them. */
const struct registry_insurer *registry_insurer_first(
    const struct registry *r, struct span amc);
const struct registry_insurer *registry_insurer_next(
    const struct registry *r, const struct registry_insurer *i);
const struct registry_professional *registry_professional(
    const struct registry *r, struct span rpps);
const struct registry_profession *registry_profession(
    const struct registry *r, struct span code);
uint32_t registry_cell(
    const struct registry *r, const struct registry_insurer *i);
const struct registry_insurer *registry_of_cell(
    const struct registry *r, uint32_t cell);
/* A log before this one, by its origin. */
const struct registry_past *registry_past(
    const struct registry *r, struct span origin);
bool registry_observes(const struct registry *r, const char *control);
/* Neither the key nor its site revoked? */
bool registry_key_lives(
    const struct registry *r, const struct registry_key *k);
/*
 * The first closed gate on a question's way, or REGISTRY_NO_GATE. cell 0: not
 * known, or none of ours. rpps may be empty: then a key of professionals is
 * closed when all of them are who are not revoked. A cell whose insurer is
 * revoked is closed.
 */
enum registry_gate registry_closed(const struct registry *r,
    const struct registry_key *k, unsigned plane, uint32_t cell,
    struct span rpps);
/* The number of a plane (flow portal member staff), 0: none of that name. */
unsigned registry_plane(struct span name);
/* Its name, "?" when there is none. */
const char *registry_plane_text(unsigned plane);
/* Not for who is revoked. */
bool registry_key_speaks_for(const struct registry *r,
    const struct registry_key *k, struct span rpps);
/* Is one of its professionals not revoked, or was it enrolled for none? */
bool registry_key_speaks(
    const struct registry *r, const struct registry_key *k);
/* Has one of its professionals who is not revoked figures of his own, any of
 * them narrower than his profession's on the key's plane? */
bool registry_key_narrowed(
    const struct registry *r, const struct registry_key *k);
bool registry_profession_has(
    const struct registry_profession *p, struct span domain);
