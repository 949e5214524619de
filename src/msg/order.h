/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who may say what when: the order of each channel, in one table. msg.h says
 * who sends a message to whom and how long it may be; this says in which state.
 * Both ends count the same from what they put and what they got, and chan.h
 * asks for every message: one out of order ends the peer that sent it, and is
 * refused where it would be sent.
 *
 *   ONCE      once on a channel
 *   TELL      at any time; nothing comes back
 *   ASK       at any time; one ANSWER comes back
 *   ANSWER    to an ASK that has none yet: not twice, not unasked
 *   ALIVE     while such an answer is owed: a sign of life, or a part of it
 *
 * of: whose answer is owed; several askings may share one count. most: askings
 * without an answer at one time, this one among them; 0: any number. after:
 * what must have been said before on the channel; 0: nothing.
 *
 * What a message's ref means is the receiver's to know: an answer that comes
 * too late, or is for another question, meets nobody who waits for it.
 */
#pragma once
#include "msg/msg.h"

enum order_rule { ORDER_ONCE = 1, ORDER_TELL, ORDER_ASK, ORDER_ANSWER,
	ORDER_ALIVE };

/* name, rule, of, most, after */
#define ORDER_LIST(X)                                                         \
	X(MSG_READY, ONCE, 0, 0, 0)                                           \
	X(MSG_CHANNEL, TELL, 0, 0, 0)                                         \
	X(MSG_STOP, TELL, 0, 0, MSG_CHANNEL)                                  \
	X(MSG_ASK, ASK, MSG_ASK, 0, 0)                                        \
	X(MSG_ANSWER, ANSWER, MSG_ASK, 0, 0)                                  \
	X(MSG_VAULT_READY, ONCE, 0, 0, 0)                                     \
	X(MSG_RESOLVE, ASK, MSG_RESOLVE, 0, 0)                                \
	X(MSG_RESOLVED, ANSWER, MSG_RESOLVE, 0, MSG_VAULT_READY)              \
	X(MSG_DO, ASK, MSG_DO, 0, 0)                                          \
	X(MSG_DONE, ANSWER, MSG_DO, 0, MSG_VAULT_READY)                       \
	X(MSG_HANDLE, ASK, MSG_HANDLE, 0, 0)                                  \
	X(MSG_HANDLED, ANSWER, MSG_HANDLE, 0, MSG_VAULT_READY)                \
	X(MSG_VAULT_ACT, ASK, MSG_VAULT_ACT, 0, 0)                            \
	X(MSG_VAULT_SAID, ANSWER, MSG_VAULT_ACT, 0, MSG_VAULT_READY)          \
	X(MSG_VAULT_CLOCK, TELL, 0, 0, 0)                                     \
	X(MSG_FEED_BEGIN, ASK, MSG_FEED_BEGIN, 1, 0)                          \
	X(MSG_FEED_LINES, ASK, MSG_FEED_BEGIN, 2, MSG_FEED_BEGIN)             \
	X(MSG_FEED_END, ASK, MSG_FEED_BEGIN, 1, MSG_FEED_BEGIN)               \
	X(MSG_FEED_STATE, ANSWER, MSG_FEED_BEGIN, 0, MSG_VAULT_READY)         \
	X(MSG_FEED_WORKS, ALIVE, MSG_FEED_BEGIN, 0, MSG_VAULT_READY)          \
	X(MSG_FEED_LAST, ASK, MSG_FEED_LAST, 0, 0)                            \
	X(MSG_FEED_LASTED, ANSWER, MSG_FEED_LAST, 0, MSG_VAULT_READY)         \
	X(MSG_CONTRACT, ASK, MSG_CONTRACT, 0, 0)                              \
	X(MSG_CONTRACT_SAID, ANSWER, MSG_CONTRACT, 0, MSG_VAULT_READY)        \
	X(MSG_RULES, ASK, MSG_RULES, 0, 0)                                    \
	X(MSG_RULES_SAID, ANSWER, MSG_RULES, 0, MSG_VAULT_READY)              \
	X(MSG_RETAIN, ASK, MSG_RETAIN, 1, 0)                                  \
	X(MSG_RETAINED, ANSWER, MSG_RETAIN, 0, MSG_VAULT_READY)               \
	X(MSG_COPY, ASK, MSG_COPY, 0, 0)                                      \
	X(MSG_COPIED, ANSWER, MSG_COPY, 0, MSG_VAULT_READY)                   \
	X(MSG_COPYING, ALIVE, MSG_COPY, 0, MSG_VAULT_READY)                   \
	X(MSG_ADMIN_KEYS, ASK, MSG_ADMIN_ACT, 0, 0)                           \
	X(MSG_ADMIN_KEY_NEXT, ASK, MSG_ADMIN_ACT, 0, 0)                       \
	X(MSG_ADMIN_ACT, ASK, MSG_ADMIN_ACT, 0, 0)                            \
	X(MSG_ADMIN_FEED, ASK, MSG_ADMIN_ACT, 0, 0)                           \
	X(MSG_ADMIN_CONTRACT, ASK, MSG_ADMIN_ACT, 0, 0)                       \
	X(MSG_ADMIN_RULES, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_BUDGETS, ASK, MSG_ADMIN_ACT, 0, 0)                        \
	X(MSG_ADMIN_CLOCK, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_STATUS, ASK, MSG_ADMIN_ACT, 0, 0)                         \
	X(MSG_ADMIN_ROUTES, ASK, MSG_ADMIN_ACT, 0, 0)                         \
	X(MSG_ADMIN_DECOY, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_DECOYS, ASK, MSG_ADMIN_ACT, 0, 0)                         \
	X(MSG_ADMIN_POINT, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_COPY, ASK, MSG_ADMIN_ACT, 0, 0)                           \
	X(MSG_ADMIN_VOUCH, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_PURGE, ASK, MSG_ADMIN_ACT, 0, 0)                          \
	X(MSG_ADMIN_RETAIN, ASK, MSG_ADMIN_ACT, 0, 0)                         \
	X(MSG_ADMIN_PART, ALIVE, MSG_ADMIN_ACT, 0, 0)                         \
	X(MSG_ADMIN_DONE, ANSWER, MSG_ADMIN_ACT, 0, 0)

#define ORDER_CODES 128	/* above the last code */

/* Of one channel; zeros: nothing was said. */
struct order {
	uint32_t owed[ORDER_CODES];	/* by the code that of names */
	bool said[ORDER_CODES];
};

/* May it be said now? ERR_STATE: no. A part of a message (msg.h) is none. */
MUST_CHECK enum err order_check(const struct order *o, unsigned type);
/* It was said; order_check allowed it. */
void order_said(struct order *o, unsigned type);
