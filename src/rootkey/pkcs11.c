/* SPDX-License-Identifier: Apache-2.0 */
#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <p11-kit/pkcs11.h>
#include "rootkey/pkcs11.h"

#define SLOTS 64	/* slots with a token that are looked at */

struct session {
	const struct pkcs11_place *place;
	struct rootkey_fault *fault;
	CK_FUNCTION_LIST_PTR f;
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE handle;
	bool initialized, open, logged_in;
};

__attribute__((format(printf, 3, 4))) static enum err fault_of(
    const struct session *s, enum err e, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	(void)vsnprintf(s->fault->text, sizeof(s->fault->text), format, args);
	va_end(args);
	return e;
}

static enum err failed(const struct session *s, const char *call, CK_RV rv)
{
	return fault_of(s, ERR_IO, "root.module: %s gives 0x%lx (see CKR_ in "
	    "PKCS#11)", call, rv);
}

/* ISO C has no cast from an object's pointer to a function's. */
static enum err load(struct session *s)
{
	union {
		void *object;
		CK_C_GetFunctionList function;
	} list;
	void *module = dlopen(s->place->module, RTLD_NOW | RTLD_LOCAL);
	CK_RV rv;

	if (!module)
		return fault_of(s, ERR_UNKNOWN, "root.module: %s",
		    dlerror());
	list.object = dlsym(module, "C_GetFunctionList");
	if (!list.object || list.function(&s->f) != CKR_OK || !s->f)
		return fault_of(s, ERR_UNKNOWN,
		    "root.module: not a PKCS#11 module");
	rv = s->f->C_Initialize(NULL);
	if (rv != CKR_OK)
		return failed(s, "C_Initialize", rv);
	s->initialized = true;
	return ERR_OK;
}

/* Labels of tokens are padded with spaces to 32 bytes. */
static bool is_named(const unsigned char label[32], const char *name)
{
	size_t n = strlen(name);

	if (n > 32 || memcmp(label, name, n) != 0)
		return false;
	for (; n < 32; n++)
		if (label[n] != ' ')
			return false;
	return true;
}

/* The one token of that label, and whether a PIN may be tried on it. */
static enum err find_token(struct session *s)
{
	CK_SLOT_ID slots[SLOTS];
	CK_ULONG n = SLOTS, found = 0;
	CK_TOKEN_INFO info;
	CK_FLAGS flags = 0;
	CK_RV rv = s->f->C_GetSlotList(CK_TRUE, slots, &n);

	if (rv != CKR_OK)
		return failed(s, "C_GetSlotList", rv);
	for (CK_ULONG i = 0; i < n; i++)
		if (s->f->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
		    is_named(info.label, s->place->token)) {
			s->slot = slots[i];
			flags = info.flags;
			found++;
		}
	if (found != 1)
		return fault_of(s, ERR_UNKNOWN, found ?
		    "root.token: %lu tokens have this label: rename one" :
		    "root.token: none of the %lu tokens present has this "
		    "label", found ? found : n);
	if (flags & (CKF_USER_PIN_LOCKED | CKF_USER_PIN_FINAL_TRY))
		return fault_of(s, ERR_STATE, "root.token: its PIN is locked, "
		    "or has one try left, which is left to you: log in with "
		    "the token's own tool first");
	return ERR_OK;
}

static enum err log_in(struct session *s)
{
	struct span pin = s->place->pin;
	CK_UTF8CHAR copy[ROOTKEY_PIN_MOST + 1];
	CK_FLAGS flags = CKF_SERIAL_SESSION;
	CK_RV rv;

	if (pin.n > sizeof(copy))
		return fault_of(s, ERR_LIMIT, "root.pin-file: too long a PIN");
	if (s->place->make || s->place->drop)
		flags |= CKF_RW_SESSION;
	rv = s->f->C_OpenSession(s->slot, flags, NULL, NULL, &s->handle);
	if (rv != CKR_OK)
		return failed(s, "C_OpenSession", rv);
	s->open = true;
	memcpy(copy, pin.p, pin.n);
	rv = s->f->C_Login(s->handle, CKU_USER, copy, pin.n);
	secret_wipe(copy, sizeof(copy));
	if (rv == CKR_PIN_INCORRECT || rv == CKR_PIN_LEN_RANGE ||
	    rv == CKR_PIN_INVALID || rv == CKR_PIN_LOCKED)
		return fault_of(s, ERR_STATE, "root.pin-file: the token does "
		    "not take this PIN; too many tries lock it");
	if (rv != CKR_OK)
		return failed(s, "C_Login", rv);
	s->logged_in = true;
	return ERR_OK;
}

/* A label is written by us and changed by nobody. */
static CK_ATTRIBUTE label_of(const struct pkcs11_place *place)
{
	union {
		const char *in;
		void *out;
	} label = {.in = place->key};

	return (CK_ATTRIBUTE){CKA_LABEL, label.out, strlen(place->key)};
}

/* CKR_OK with *ret_n 0, 1 or 2 (more than one). */
static CK_RV look_for(
    struct session *s, CK_OBJECT_HANDLE ret[2], CK_ULONG *ret_n)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_ATTRIBUTE wanted[] = {
	    {CKA_CLASS, &class, sizeof(class)}, label_of(s->place)};
	CK_RV rv = s->f->C_FindObjectsInit(s->handle, wanted, 2), end;

	if (rv != CKR_OK)
		return rv;
	rv = s->f->C_FindObjects(s->handle, ret, 2, ret_n);
	end = s->f->C_FindObjectsFinal(s->handle);
	return rv != CKR_OK ? rv : end;
}

static enum err make_key(struct session *s, CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_CLASS class = CKO_SECRET_KEY;
	CK_KEY_TYPE type = CKK_GENERIC_SECRET;
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ULONG size = PKCS11_MAC;
	CK_MECHANISM how = {CKM_GENERIC_SECRET_KEY_GEN, NULL, 0};
	CK_ATTRIBUTE key[] = {
	    {CKA_CLASS, &class, sizeof(class)},
	    {CKA_KEY_TYPE, &type, sizeof(type)},
	    {CKA_VALUE_LEN, &size, sizeof(size)},
	    {CKA_TOKEN, &yes, sizeof(yes)}, {CKA_PRIVATE, &yes, sizeof(yes)},
	    {CKA_SENSITIVE, &yes, sizeof(yes)},
	    {CKA_EXTRACTABLE, &no, sizeof(no)}, {CKA_SIGN, &yes, sizeof(yes)},
	    label_of(s->place)};
	CK_RV rv = s->f->C_GenerateKey(s->handle, &how, key,
	    sizeof(key) / sizeof(key[0]), ret);

	return rv == CKR_OK ? ERR_OK : failed(s, "C_GenerateKey", rv);
}

/* A key that can be read out of its token protects nothing. */
static enum err check_key(struct session *s, CK_OBJECT_HANDLE key)
{
	CK_BBOOL sensitive = CK_FALSE, extractable = CK_TRUE;
	CK_ATTRIBUTE wanted[] = {
	    {CKA_SENSITIVE, &sensitive, sizeof(sensitive)},
	    {CKA_EXTRACTABLE, &extractable, sizeof(extractable)}};
	CK_RV rv = s->f->C_GetAttributeValue(s->handle, key, wanted, 2);

	if (rv != CKR_OK)
		return failed(s, "C_GetAttributeValue", rv);
	if (!sensitive || extractable)
		return fault_of(s, ERR_STATE, "root.key: this key can leave "
		    "its token: make one that is sensitive and not "
		    "extractable");
	return ERR_OK;
}

static enum err find_key(struct session *s, CK_OBJECT_HANDLE *ret)
{
	CK_OBJECT_HANDLE keys[2];
	CK_ULONG n = 0;
	enum err e = ERR_OK;
	CK_RV rv = look_for(s, keys, &n);

	if (rv != CKR_OK)
		return failed(s, "C_FindObjects", rv);
	if (n > 1)
		return fault_of(s, ERR_EXISTS,
		    "root.key: two keys of the token have this label");
	if (n == 0 && !s->place->make)
		return fault_of(s, ERR_UNKNOWN,
		    "root.key: no secret key of the token has this label");
	if (n == 0)
		e = make_key(s, &keys[0]);
	if (!e)
		e = check_key(s, keys[0]);
	if (!e)
		*ret = keys[0];
	return e;
}

static enum err sign(struct session *s, CK_OBJECT_HANDLE key,
    struct span message, uint8_t ret[static PKCS11_MAC])
{
	CK_MECHANISM how = {CKM_SHA256_HMAC, NULL, 0};
	CK_BYTE in[512], out[PKCS11_MAC];
	CK_ULONG n = sizeof(out);
	CK_RV rv;

	if (message.n > sizeof(in))
		return ERR_LIMIT;
	memcpy(in, message.p, message.n);
	rv = s->f->C_SignInit(s->handle, &how, key);
	if (rv != CKR_OK)
		return failed(s, "C_SignInit (HMAC-SHA-256)", rv);
	rv = s->f->C_Sign(s->handle, in, message.n, out, &n);
	if (rv != CKR_OK)
		return failed(s, "C_Sign (HMAC-SHA-256)", rv);
	if (n != PKCS11_MAC)
		return fault_of(s, ERR_CRYPTO,
		    "root.module: a MAC of %lu bytes, not 32", n);
	memcpy(ret, out, PKCS11_MAC);
	secret_wipe(out, sizeof(out));
	return ERR_OK;
}

/* The module stays loaded: its threads or handlers may still be there. */
static void finish(struct session *s)
{
	if (s->logged_in)
		(void)s->f->C_Logout(s->handle);
	if (s->open)
		(void)s->f->C_CloseSession(s->handle);
	if (s->initialized)
		(void)s->f->C_Finalize(NULL);
}

enum err pkcs11_mac(const struct pkcs11_place *place, struct span message,
    uint8_t ret[static PKCS11_MAC], struct rootkey_fault *fault)
{
	struct session s = {.place = place, .fault = fault};
	CK_OBJECT_HANDLE key = CK_INVALID_HANDLE;
	enum err e = load(&s);

	if (!e)
		e = find_token(&s);
	if (!e)
		e = log_in(&s);
	if (!e)
		e = find_key(&s, &key);
	if (!e)
		e = sign(&s, key, message, ret);
	finish(&s);
	return e;
}

static enum err drop_keys(struct session *s)
{
	CK_OBJECT_HANDLE keys[2];
	CK_ULONG n = 0;
	CK_RV rv;

	do {
		rv = look_for(s, keys, &n);
		for (CK_ULONG i = 0; i < n && rv == CKR_OK; i++)
			rv = s->f->C_DestroyObject(s->handle, keys[i]);
	} while (rv == CKR_OK && n == 2);
	return rv == CKR_OK ? ERR_OK : failed(s, "C_DestroyObject", rv);
}

enum err pkcs11_drop(
    const struct pkcs11_place *place, struct rootkey_fault *fault)
{
	struct pkcs11_place dropping = *place;
	struct session s = {.place = &dropping, .fault = fault};
	enum err e;

	dropping.drop = true;
	e = load(&s);
	if (!e)
		e = find_token(&s);
	if (!e)
		e = log_in(&s);
	if (!e)
		e = drop_keys(&s);
	finish(&s);
	return e;
}
