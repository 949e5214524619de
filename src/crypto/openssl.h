/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenSSL's headers, read without a clash: they name a type ERR_STATE, which
 * is one of our errors (base/err.h). Never include <openssl/...> directly.
 */
#pragma once
#define ERR_STATE openssl_err_state
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#undef ERR_STATE
