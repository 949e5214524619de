/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An estimate's question: reads a Claim (FHIR R4, JSON) whose use is
 * predetermination, by an allow-list as request.h does. Person, insurer, site
 * and professional stand where a rights question has them; the acts go into
 * msg/estimate.h and hold nothing of the person. Diagnoses, care team,
 * attachments, notes: dropped unread.
 */
#pragma once
#include "fhir/request.h"
#include "msg/estimate.h"

/* As request_read; *acts is written beside *ret. */
MUST_CHECK enum err claim_read(struct span body, int32_t today,
    struct json_token scratch[static LIMIT_JSON_TOKENS],
    struct fhir_question *ret, struct estimate *acts,
    struct fhir_fault *fault);

/* The fault of act number nth (from 0) that no rule prices: field is a name of
 * price/price.h's price_fault. */
struct fhir_fault claim_unfit(unsigned nth, struct span field);
