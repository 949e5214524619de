/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit of what may come from outside, in one place. docs/limits.md
 * says the same for readers, tests/integration refuses one step beyond each.
 */
#pragma once

#define LIMIT_BODY 65536		/* bytes of a request body */
#define LIMIT_BUNDLE 196608		/* bytes of a bundle, and of its answer */
#define LIMIT_BUNDLE_LINES 50		/* questions in a bundle */
#define LIMIT_BUNDLE_TOKENS 32768	/* values and names in a bundle */
#define LIMIT_JSON_DEPTH 16		/* nested arrays and objects */
#define LIMIT_JSON_TOKENS 4096		/* values and names in one body */
#define LIMIT_JSON_MEMBERS 64		/* members of one object */
#define LIMIT_JSON_NAME 64		/* bytes of a member's name, as written */
#define LIMIT_PATH 256			/* bytes of the raw request path */
#define LIMIT_AUTHORITY 255		/* bytes of host and port */
#define LIMIT_CONTENT_TYPE 128
#define LIMIT_SIGNATURE_INPUT 512	/* bytes of the field's value */
#define LIMIT_SIGNATURE 160		/* bytes of the field's value */
#define LIMIT_CONTENT_DIGEST 160
#define LIMIT_MEMBER 20			/* characters of a member number */
#define LIMIT_CONTRACT 32		/* characters of a contract code */
#define LIMIT_REF 64			/* bytes of the insurer's reference */
#define LIMIT_HANDLE 96			/* bytes of an encrypted reference */
#define LIMIT_CARD 1024			/* characters of a card token */
#define LIMIT_CONVENTION 8		/* characters of a convention code */
#define LIMIT_CSR 20			/* characters of a CSR */
#define LIMIT_DOMAIN 8			/* characters of a domain code */
#define LIMIT_LEVEL 24			/* characters of a cover level */
#define LIMIT_DOMAINS 32		/* domains in one line of a feed */
#define LIMIT_CARDS 4			/* cards in one line of a feed */
#define LIMIT_ORIGIN 96			/* characters of a log's origin */
#define LIMIT_TRANSACTION (LIMIT_ORIGIN + 21)	/* origin/index */
#define LIMIT_CLAIM_LINES 10		/* acts of one estimate */
#define LIMIT_CONTRACT_FILE 69632	/* bytes of a signed contract */
#define LIMIT_CONTRACTS 256		/* contracts of one mutuelle, with dates */
#define LIMIT_CELLS 16384		/* insurers, each operator's one; numbers of
					 * cells are 1 to this */
#define LIMIT_COVERS 65536		/* different covers in one feed */
#define LIMIT_FEED_LINE 2048		/* bytes of one line of a feed file */
#define LIMIT_FEED_CHUNK 131072		/* bytes of a sealed feed chunk */
#define LIMIT_ACT 60000			/* bytes of a signed act */
#define LIMIT_DECOYS 100			/* invented persons of one set */
#define LIMIT_DATAGRAM 163840		/* bytes of one packed datagram */
#define LIMIT_SIGNATURE_LIFE_S 30	/* expires - created, at most */
#define LIMIT_SKEW_S 60			/* clock difference accepted */
#define LIMIT_CARE_PAST_DAYS 1100	/* a question about the past: 3 years */
#define LIMIT_PURGE_DAYS 366		/* rights that ended since are kept */
#define LIMIT_CARE_AHEAD_DAYS 366	/* and about the future */
#define LIMIT_TURN_AHEAD_DAYS 366	/* a key's turn, said before it comes */
#define LIMIT_ROUTE_AHEAD_DAYS 1100	/* first day of a route: 3 years */
