/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages between processes: the whole table, and their frame.
 *
 * A datagram (SOCK_SEQPACKET) holds one or more messages, each
 *     u16 type | u16 zero | u32 length | u64 ref | length bytes
 * big-endian, read to the last byte. ref is chosen by the asking side and
 * comes back unchanged. A type, length or direction that the table does not
 * list is a bug of a sibling: the receiver stops that peer (design §2). What
 * may be said when is in msg/order.h.
 *
 * A message that may be longer than a datagram (MSG_PARTED) goes whole up to
 * MSG_WHOLE bytes; a longer one is cut into parts of MSG_PART bytes and a last
 * of what is left, each
 *     u32 bytes of the whole | u32 bytes before this part | the part's bytes
 * under the same ref, one behind the other with nothing between. Any other cut
 * breaks the protocol. Channels cut and join: nobody else sees parts.
 */
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/buf.h"
#include "base/limits.h"

#define MSG_HEAD 16
#define MSG_PART 65536	/* bytes of a part, the last one excepted */
#define MSG_PART_HEAD 8
#define MSG_WHOLE (LIMIT_BODY + 4096)	/* longer ones are cut */

enum msg_peer { MSG_SUPER, MSG_GATE, MSG_KEEPER, MSG_VAULT, MSG_ADMIN };

/* name, code, from, to, least bytes, most bytes */
#define MSG_LIST(X)                                                           \
	X(MSG_READY, 1, MSG_KEEPER, MSG_SUPER, 0, 0)                          \
	X(MSG_VAULT_READY, 2, MSG_VAULT, MSG_KEEPER, 0, 131072)               \
	X(MSG_CHANNEL, 3, MSG_SUPER, MSG_KEEPER, 2, 2)                        \
	X(MSG_STOP, 4, MSG_KEEPER, MSG_SUPER, 2, 2)                           \
	X(MSG_ASK, 16, MSG_GATE, MSG_KEEPER, 20, LIMIT_BUNDLE + 4096)         \
	X(MSG_ANSWER, 17, MSG_KEEPER, MSG_GATE, 16, LIMIT_BUNDLE + 4096)      \
	X(MSG_ASK_PART, 24, MSG_GATE, MSG_KEEPER, 9, 65544)                   \
	X(MSG_ANSWER_PART, 25, MSG_KEEPER, MSG_GATE, 9, 65544)                \
	X(MSG_RESOLVE, 32, MSG_KEEPER, MSG_VAULT, 5, 256)                     \
	X(MSG_RESOLVED, 33, MSG_VAULT, MSG_KEEPER, 9, 9)                      \
	X(MSG_DO, 34, MSG_KEEPER, MSG_VAULT, 64, 4096)                        \
	X(MSG_DONE, 35, MSG_VAULT, MSG_KEEPER, 4, LIMIT_BODY)                 \
	X(MSG_HANDLE, 36, MSG_KEEPER, MSG_VAULT, 12, 12)                      \
	X(MSG_HANDLED, 37, MSG_VAULT, MSG_KEEPER, 2, LIMIT_HANDLE + 2)        \
	X(MSG_VAULT_ACT, 38, MSG_KEEPER, MSG_VAULT, 1, LIMIT_ACT)             \
	X(MSG_VAULT_SAID, 39, MSG_VAULT, MSG_KEEPER, 2, 256)                  \
	X(MSG_VAULT_CLOCK, 40, MSG_KEEPER, MSG_VAULT, 8, 8)                   \
	X(MSG_FEED_BEGIN, 48, MSG_KEEPER, MSG_VAULT, 16, 256)                 \
	X(MSG_FEED_LINES, 49, MSG_KEEPER, MSG_VAULT, 2, LIMIT_DATAGRAM - 64)  \
	X(MSG_FEED_END, 50, MSG_KEEPER, MSG_VAULT, 1, 1)                      \
	X(MSG_FEED_STATE, 51, MSG_VAULT, MSG_KEEPER, 2, 4096)                 \
	X(MSG_FEED_WORKS, 56, MSG_VAULT, MSG_KEEPER, 0, 0)                    \
	X(MSG_FEED_LAST, 52, MSG_KEEPER, MSG_VAULT, 4, 4)                     \
	X(MSG_FEED_LASTED, 53, MSG_VAULT, MSG_KEEPER, 48, 48)                 \
	X(MSG_CONTRACT, 54, MSG_KEEPER, MSG_VAULT, 64,                        \
	    LIMIT_CONTRACT_FILE + 256)                                        \
	X(MSG_CONTRACT_SAID, 55, MSG_VAULT, MSG_KEEPER, 8, 1024)              \
	X(MSG_RULES, 57, MSG_KEEPER, MSG_VAULT, 0, 0)                         \
	X(MSG_RULES_SAID, 58, MSG_VAULT, MSG_KEEPER, 6, 512)                  \
	X(MSG_ADMIN_KEYS, 60, MSG_ADMIN, MSG_KEEPER, 0, 0)                    \
	X(MSG_ADMIN_KEY_NEXT, 61, MSG_ADMIN, MSG_KEEPER, 1, 32)               \
	X(MSG_ADMIN_ACT, 64, MSG_ADMIN, MSG_KEEPER, 1, LIMIT_ACT)             \
	X(MSG_ADMIN_FEED, 65, MSG_ADMIN, MSG_KEEPER, 1, LIMIT_DATAGRAM - 64)  \
	X(MSG_ADMIN_BUDGETS, 66, MSG_ADMIN, MSG_KEEPER, 1, 512)               \
	X(MSG_ADMIN_CLOCK, 67, MSG_ADMIN, MSG_KEEPER, 8, 8)                   \
	X(MSG_ADMIN_STATUS, 68, MSG_ADMIN, MSG_KEEPER, 0, 0)                  \
	X(MSG_ADMIN_CONTRACT, 69, MSG_ADMIN, MSG_KEEPER, 1,                   \
	    LIMIT_CONTRACT_FILE)                                              \
	X(MSG_ADMIN_RULES, 70, MSG_ADMIN, MSG_KEEPER, 0, 0)                   \
	X(MSG_ADMIN_ROUTES, 77, MSG_ADMIN, MSG_KEEPER, 11, 128)               \
	X(MSG_ADMIN_DECOY, 78, MSG_ADMIN, MSG_KEEPER, 17, 128)                \
	X(MSG_ADMIN_DECOYS, 79, MSG_ADMIN, MSG_KEEPER, 16, 16)                \
	X(MSG_ADMIN_POINT, 84, MSG_ADMIN, MSG_KEEPER, 0, 0)                   \
	X(MSG_ADMIN_COPY, 85, MSG_ADMIN, MSG_KEEPER, 0, 0)                    \
	X(MSG_ADMIN_VOUCH, 86, MSG_ADMIN, MSG_KEEPER, 1, 4096)                \
	X(MSG_COPY, 87, MSG_KEEPER, MSG_VAULT, 0, 0)                          \
	X(MSG_COPIED, 88, MSG_VAULT, MSG_KEEPER, 2, 2)                        \
	X(MSG_COPYING, 89, MSG_VAULT, MSG_KEEPER, 0, 0)                       \
	X(MSG_ADMIN_PURGE, 90, MSG_ADMIN, MSG_KEEPER, 0, 0)                   \
	X(MSG_RETAIN, 91, MSG_KEEPER, MSG_VAULT, 27, 8192)                    \
	X(MSG_RETAINED, 92, MSG_VAULT, MSG_KEEPER, 35, 32768)                 \
	X(MSG_ADMIN_RETAIN, 93, MSG_ADMIN, MSG_KEEPER, 4, 4)                  \
	X(MSG_ADMIN_PART, 80, MSG_KEEPER, MSG_ADMIN, 0, LIMIT_DATAGRAM - 64)  \
	X(MSG_ADMIN_DONE, 81, MSG_KEEPER, MSG_ADMIN, 2, 4096)

/* what may be cut, its parts */
#define MSG_PARTED(X)                                                         \
	X(MSG_ASK, MSG_ASK_PART)                                              \
	X(MSG_ANSWER, MSG_ANSWER_PART)

enum msg_type {
#define X(name, code, from, to, least, most) name = code,
	MSG_LIST(X)
#undef X
};

/* One message of a received datagram; body views the datagram. */
struct msg {
	enum msg_type type;
	uint64_t ref;
	struct span body;
};

/* Its name for logs, "?" if the table has none. */
const char *msg_name(unsigned type);

/* May from send to to a message of len bytes? ERR_STATE: no such row;
 * ERR_LIMIT: longer, ERR_SHAPE: shorter than the row says. */
MUST_CHECK enum err msg_check(unsigned type, enum msg_peer from,
    enum msg_peer to, size_t len);

/* The type that parts of a message have, or whose part it is; 0: none. */
unsigned msg_part_of(unsigned whole);
unsigned msg_whole_of(unsigned part);

/*
 * Packs into out: msg_begin writes the head, the caller puts the body, then
 * msg_end fills the length. Never nests.
 */
size_t msg_begin(struct buf *out, enum msg_type type, uint64_t ref);
void msg_end(struct buf *out, size_t begun);

/*
 * The next message of the datagram at *r, as sent by from to to.
 * ERR_OK; ERR_CLOSED at its end; ERR_SHAPE if the table does not allow it.
 */
MUST_CHECK enum err msg_next(struct reader *r, enum msg_peer from,
    enum msg_peer to, struct msg *ret);
