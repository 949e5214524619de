/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper: the one process that can turn a person into a tag and says yes
 * or no. One struct, one thread, one loop; ARCHITECTURE.md tells the life of a
 * question through these files:
 *
 *   start.c     what the disk holds: keys, registry, journal, budgets
 *   turn.c      peers, timers, the end of a turn
 *   gates.c     the planes: who asks through which gate
 *   ahead.h     signatures, verified beside all that
 *   vaults.c    which vault has a cell, and what vaults say
 *   signed.h    whose question it is
 *   question.c  reads and tags a question; room first
 *   route.c     which cell a question is for, and which route is right
 *   batch.c     a bundle: its lines counted in order, answered together
 *   decide.c    counts, decides, gathers entries, commits, asks the vault
 *   publish.h   checkpoints, written beside all that
 *   reply.c     promises, seals, signs and sends answers and refusals
 *   admin.c     administrators: acts, budgets, status, clock
 *   feed.h      feeds on their way to the vault, over either way in
 *   contracts.h contracts that mutuelles signed, to the vault
 *   scope.c     who was read, from the journal
 *   who.c       who read one person; what opens entries for an auditor
 *   often.h     what the log hears once a minute
 *   past.c      logs that ended with a restore, before this one
 *   decoys.h    persons who do not exist, and who asks about them
 *   purge.h     what retention took away, between questions
 *   retain.h    the same in the vaults
 *   tables.h    the vaults read the rules of pricing again
 *   backup.c    the point of a backup, and its word for it
 */
#pragma once
#include "auth/replay.h"
#include "base/log.h"
#include "base/random.h"
#include "conf/conf.h"
#include "guard/guard.h"
#include "keeper/apart.h"
#include "keeper/book.h"
#include "keeper/fold.h"
#include "keeper/gates.h"
#include "keeper/generations.h"
#include "keeper/hour.h"
#include "keeper/ledger.h"
#include "keeper/often.h"
#include "keeper/outstanding.h"
#include "keeper/pace.h"
#include "keeper/promise.h"
#include "keeper/past.h"
#include "keeper/slot.h"
#include "keeper/summary.h"
#include "keeper/vaults.h"
#include "msg/chan.h"
#include "msg/feed.h"
#include "proc/door.h"
#include "proc/loop.h"
#include "proc/still.h"

#define KEEPER_ADMINS 8		/* at once; one more: the quietest goes */
#define KEEPER_DECIDED 2048	/* entries of questions in one batch */
#define KEEPER_FD_SUPER 3
#define KEEPER_FD_ADMIN 5	/* listening */

struct admin;	/* one administrator's connection */
struct ahead;
struct ahead_fact;
struct retain;
struct decoys;
struct decoys_list;
struct decoys_run;
struct feed_relay;
struct feed_past;

/* Who waits for an answer about a feed; neither admin nor plane: nobody. */
struct feed_carrier {
	struct admin *admin;
	uint8_t plane;
	uint32_t turn;		/* of the plane's gate */
	uint64_t ref;
	char question[LIMIT_SIGNATURE + 1];	/* its Signature field */
};

#define FEED_QUERIES 16		/* states of feeds asked for at once */
struct feed_query {
	uint32_t cell;		/* 0: free */
	uint32_t turn;
	int64_t due_ms;		/* boot clock */
	struct feed_carrier by;
};

#define KEEPER_CONTRACTS 16	/* on their way to vaults at once */
struct keeper_contract {
	uint32_t cell;		/* 0: free */
	uint32_t turn;
	int64_t due_ms;		/* boot clock */
	struct feed_carrier by;
};

/* Decided questions, in their order. */
struct keeper_decided {
	struct slot *first, *last;
	size_t count;
};

/* The batch whose flush is under way. */
struct keeper_landing {
	struct keeper_decided decided;
	uint64_t first;		/* index of its first entry */
	size_t notes;		/* entries before those of the decided */
	int64_t now_ms;
};

struct turn_snapshot {
	uint64_t size;		/* of the tree when the last one began */
	pid_t child;		/* that writes one; 0 or less: none */
	int64_t began_ms, next_ms;	/* boot time */
	struct still still;
};

struct keeper {
	const char *dir;
	struct conf conf;
	struct random random;
	struct random salts;	/* for blindings and salts: many, small */
	struct random_pool salts_pool;
	struct hour hour;
	struct keyring *keys;
	struct ledger *ledger;
	struct registry *registry;	/* the ledger's */
	struct apart apart;
	struct book *book;
	struct book *pasts[REGISTRY_PASTS];	/* logs before this one */
	int64_t spent_until_ms;		/* 0: no restore began this log */
	struct guard *guard;
	struct replay *replay;
	struct outstanding *outstanding;
	struct summary *summary;
	struct pace *pace;
	struct slots *slots;
	struct fold fold;

	struct loop *loop;
	struct loop_timer second, retry;
	struct chan *super;
	struct loop_watch *super_watch;
	struct gates_gate gates[CONF_PLANES];	/* by plane */
	struct vaults_vault vaults[CONF_VAULTS];
	uint32_t vault_count;
	bool ready_said, stopping, failed, doubt_said, stand_said;
	int64_t started_ms;
	struct log_often often[OFTEN_KINDS];
	int64_t turn_ms;	/* the present turn's time; 0: not asked yet */
	struct turn_snapshot snapshot;

	struct keeper_decided decided;	/* whose entries are due */
	struct keeper_landing landing;
	int landing_fd;			/* what is flushed */
	struct aside *flusher;		/* NULL: commits flush themselves */
	struct aside *publisher;	/* NULL: so do checkpoints */
	struct aside *verifier;		/* NULL: questions, their signatures */
	struct loop_watch *flusher_watch, *publisher_watch,
	    *verifier_watch;
	struct ahead *ahead;		/* NULL without a verifier */

	struct generations generations;	/* of the cells, as last loaded */
	struct generations fed;		/* index version of full feeds */
	uint64_t *members;		/* by cell - 1, of the last full feed */
	size_t member_count;
	struct tagger *tagger;		/* index keys of cells */
	uint64_t keys_said;	/* what the note of service keys stands for */
	struct json_token *tokens;	/* scratch of the reader: a body, */
	struct json_token *line_tokens;	/* one line of a bundle */
	struct buf plain, body, scratch;
	struct sign_public *answer_public;
	char answer_id[SIGN_KEY_ID_TEXT];
	struct door door;		/* administrators come in by it */
	struct admin *admins[KEEPER_ADMINS];
	struct feed_relay *feed;	/* the open ones */
	struct feed_past *feed_past;
	struct feed_query feed_queries[FEED_QUERIES];
	struct keeper_contract contracts[KEEPER_CONTRACTS];
	uint32_t contract_turn;
	uint32_t feed_turn;		/* counts feeds: late words miss */
	struct decoys *decoys;
	struct decoys_run *decoys_run;	/* a set that is being made */
	struct decoys_list *decoys_list;
	uint32_t decoys_turn;
	struct retain *retain;
	struct scope_run *scope;
	struct {		/* copies of the vaults under way */
		struct admin *admin;	/* NULL: nobody waits for them */
		uint64_t ref;
		uint32_t waiting;
		uint64_t turn;	/* counts backups: late words miss */
		int64_t since_ms;	/* boot clock */
		enum err e;
	} backup;
	struct {		/* rules being read again (keeper/tables.h) */
		struct admin *admin;	/* NULL: nobody waits for it */
		uint64_t ref, turn;	/* late words miss */
		uint32_t owing;		/* vaults, a bit each; 0: none is */
		int64_t since_ms;	/* boot clock */
		enum err e;
		char words[256];
	} tables;
	struct {		/* of openings (keeper/purge.h) */
		struct loop_timer timer;
		bool working, found;	/* found: end is known */
		uint32_t month;		/* the registry's, begun or done */
		size_t log;		/* the journal, then those before it */
		uint64_t end;
	} purge;
	uint32_t scope_turn;		/* counts scopes: late handles miss */
};

/* The process cannot go on: says why, stops without a clean end. */
void keeper_fail(struct keeper *k, const char *words, enum err e);
int64_t keeper_now(struct keeper *k);
/* Has super end that start of a gate or a vault (msg/sibling.h). */
void keeper_stop_sibling(
    struct keeper *k, uint8_t kind, uint8_t nth, uint32_t turn);
/* Figures, modes and cells from the registry to guard and book. */
MUST_CHECK enum err keeper_figures(struct keeper *k);

/* start.c: all that comes from the disk; then what the journal tells. */
MUST_CHECK enum err start_open(struct keeper *k);
MUST_CHECK enum err start_resume(struct keeper *k);
/* Writes a START or STOP entry, durable when it returns. */
MUST_CHECK enum err start_mark(
    struct keeper *k, uint8_t kind, uint64_t first, uint64_t end);
int64_t start_offset(const struct keeper *k);	/* of a drill's clock */
/* A jump outlives the keeper, and so does a doubt, also one that a damaged
 * file may have held. ERR_IO, ERR_NOMEM: said. */
MUST_CHECK enum err start_gap(struct keeper *k);

/* turn.c: channels to the siblings, and what happens by the clock. */
MUST_CHECK enum err turn_channels(struct keeper *k);
MUST_CHECK enum err turn_timers(struct keeper *k);

/* question.c; fact: what is known of its signature already, or NULL. */
void question_take(struct keeper *k, uint64_t ref, const struct ask *ask,
    const struct ahead_fact *fact);
/* REFUSAL_COUNT: such a question may be asked at this path and plane. */
enum fhir_refusal question_place(const struct ask *ask);
/* One line of a bundle: read, checked and tagged, or refused. */
void question_line(struct keeper *k, struct slot *s, struct span body);
/* An estimate: the same, and its acts. */
void question_claim(struct keeper *k, struct slot *s, struct span body);
/* Asks the vault whom the tags name. */
void question_resolve(struct keeper *k, struct slot *s);
/* A slowed question's time has come. */
void question_go_on(struct keeper *k, struct slot *s);
/* Is the question barred by what people closed or revoked since it came in?
 * Then it is refused, and true. */
bool question_barred(struct keeper *k, struct slot *s);

/* decide.c */
void decide_refuse(struct keeper *k, struct slot *s, uint8_t decision,
    enum fhir_refusal refusal);
void decide_found(struct keeper *k, struct slot *s, uint64_t number);
/*
 * Entries to the disk; then, and not before, questions to the vault and
 * refusals to the gate. One batch at a time is on its way.
 *
 * decide_begin: what is due is written and its flush begun, unless one is under
 * way; decide_landed: that flush is over; what hung on it goes on.
 * decide_commit: all of it, now. Behind it nothing is under way, so that the
 * journal may be published, purged, or read to its end.
 */
void decide_begin(struct keeper *k);
void decide_landed(struct keeper *k);
void decide_commit(struct keeper *k);
/* The vault's ceiling of persons stands in its way: nothing leaves. */
void decide_over(struct keeper *k, struct slot *s);
/* No answer of the vault will come for this one, or too late. */
void decide_silent(struct keeper *k, struct slot *s);
/* It is asked too much: summed up, without an entry of its own. */
void decide_later(
    struct keeper *k, struct slot *s, enum fhir_refusal refusal);
/* Acts that no rule prices: told, and nothing else. */
void decide_unfit(struct keeper *k, struct slot *s, struct span which);
/* What the vault answered for a bundle's line does not fit into the whole. */
void decide_no_room(struct keeper *k, struct slot *s);
/* The refusal of a bundle's line that was held for the count, in its turn. */
void decide_held(struct keeper *k, struct slot *s);
/* Sums of refusals become entries: those whose minute is over, or all. */
void decide_summaries(struct keeper *k, bool all);

/* reply.c */
/* Is a vault's text on s one answer, whole but for its last brace, and nothing
 * else? It will stand under the keeper's signature, and beside other vaults': as
 * a bundle's line it is no deeper and has no more in it than fifty may. */
bool reply_reads(
    struct keeper *k, const struct slot *s, struct span text);
void reply_done(
    struct keeper *k, struct slot *s, const struct rights_done *done);
void reply_refuse(struct keeper *k, struct slot *s);
/* The OperationOutcome of a refused s, appended. */
void reply_outcome(
    const struct keeper *k, const struct slot *s, struct buf *out);
/* k->body leaves for s's asker, sealed if the question was; s ends. */
void reply_body(
    struct keeper *k, struct slot *s, uint16_t status, uint16_t retry_after_s);
/* What is promised for s. level must live as long. */
struct promise reply_promise(struct keeper *k, const struct slot *s,
    struct span level, bool authorization);
/* A refusal before there is a slot: ask is the question as it came. */
void reply_refuse_ask(struct keeper *k, uint64_t ref, const struct ask *ask,
    enum fhir_refusal refusal);
/* JSON to whoever carried something of a feed. */
void reply_json(struct keeper *k, const struct feed_carrier *by,
    uint16_t status, uint16_t retry_after_s, const struct buf *body);
/* verified: the question's signature stood, and the answer is bound to it.
 * Never to another one: whoever holds the signature of somebody's question
 * could have this page signed as the answer to it. */
void reply_metadata(
    struct keeper *k, uint64_t ref, const struct ask *ask, bool verified);

/* admin.c */
MUST_CHECK enum err admin_listen(struct keeper *k);
void admin_part(struct admin *a, uint64_t ref, struct span part);
/* The last word on a request: 0, or an enum err, and words. */
void admin_done(struct admin *a, uint64_t ref, enum err e, const char *words);
/* Is text for it still waiting to be read? */
bool admin_is_behind(const struct admin *a);
bool admin_is_here(struct keeper *k, const struct admin *a);
void admin_flush(struct keeper *k);
void admin_close(struct keeper *k);

/* feed.c */
void feed_chunk(struct keeper *k, struct admin *a, uint64_t ref,
    struct span chunk);
/* MSG_FEED_STATE of that vault. ERR_STATE: not what it can say now. */
MUST_CHECK enum err feed_state(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct feed_state *state);
/* Does its vault still answer? Once a second, and when one ended. */
void feed_look(struct keeper *k);
void feed_admin_gone(struct keeper *k, const struct admin *a);
void feed_release(struct keeper *k);

/* backup.c */
void backup_point(struct keeper *k, struct admin *a, uint64_t ref);
void backup_copy(struct keeper *k, struct admin *a, uint64_t ref);
void backup_vouch(struct keeper *k, struct admin *a, uint64_t ref,
    struct span text);
/* The first word of v about the copy of that number; another is none. */
void backup_copied(struct keeper *k, struct vaults_vault *v, uint64_t ref,
    enum err e);
/* Once a second: a vault that says nothing ends the waiting, not for itself
 * alone: the next backup may begin. */
void backup_look(struct keeper *k);
void backup_admin_gone(struct keeper *k, const struct admin *a);

/* scope.c */
void scope_start(struct keeper *k, struct admin *a, uint64_t ref,
    struct span act_text);
/* A vault's words: another's than the asked one's are none. Was it a run's
 * question? Else it is a slot's. */
bool scope_resolved(struct keeper *k, uint8_t vault, uint64_t ref,
    const struct rights_resolved *found);
void scope_handled(struct keeper *k, uint8_t vault, uint64_t ref,
    struct span handle);
/* As feed_look. */
void scope_look(struct keeper *k);
void scope_admin_gone(struct keeper *k, const struct admin *a);
void scope_release(struct keeper *k);
