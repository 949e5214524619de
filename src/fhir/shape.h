/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Lengths and characters of the values in a question. Only these: whether a
 * check digit holds is for ids/, and nothing here tells whose number it is.
 */
#pragma once
#include <stdbool.h>

bool shape_amc(const char *text);	/* 1 to 10 digits, not all zeros */
bool shape_code(const char *text);	/* A-Z 0-9, not empty */
bool shape_csr(const char *text);	/* letters, digits, . _ - */
/* What ident/canon.h makes a member number of: letters, digits, space . - /,
 * no space at an end, not zeros alone. */
bool shape_member(const char *text);
bool shape_rank(const char *text);	/* 1 to 9 */
bool shape_nir(const char *text);	/* 13 or 15, 2A and 2B allowed */
bool shape_birth(const char *text);	/* 8 digits */
bool shape_card(const char *text);	/* TP1: and base45 */
bool shape_finess(const char *text);	/* 9 of 0-9 A-Z */
bool shape_billing(const char *text);	/* 8 to 14 of 0-9 A-Z */
bool shape_rpps(const char *text);	/* 11 digits */
bool shape_idnps(const char *text);	/* 8 and 11 digits */
