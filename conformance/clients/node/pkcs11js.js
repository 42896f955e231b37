// The C interface as pkcs11js has it.
"use strict";

const assert = require("node:assert");
const crypto = require("node:crypto");
const pkcs11 = require("pkcs11js");
const { MODULE, TOKEN, PIN, SO_PIN, check, run, refused } = require("./checks.js");

const module_ = new pkcs11.PKCS11();
module_.load(MODULE);
module_.C_Initialize();
const slot = module_.C_GetSlotList(true).find((one) => module_.C_GetTokenInfo(one).label.trim() === TOKEN);
const session = module_.C_OpenSession(slot, pkcs11.CKF_RW_SESSION | pkcs11.CKF_SERIAL_SESSION);
module_.C_Login(session, pkcs11.CKU_USER, PIN);

const message = Buffer.from("a message of some length; ".repeat(200));
const template = (pairs) => Object.entries(pairs).map(([name, value]) => ({ type: pkcs11[name], value }));
const mechanism = (name, parameter) => ({ mechanism: pkcs11[name], parameter });
const valueOf = (object, name) => module_.C_GetAttributeValue(session, object, [{ type: pkcs11[name] }])[0].value;

function secret(kind, value) {
  return module_.C_CreateObject(
    session,
    template({
      CKA_CLASS: pkcs11.CKO_SECRET_KEY, CKA_KEY_TYPE: pkcs11[kind], CKA_VALUE: value, CKA_TOKEN: false,
      CKA_ENCRYPT: true, CKA_DECRYPT: true, CKA_SIGN: true, CKA_VERIFY: true, CKA_WRAP: true, CKA_UNWRAP: true,
      CKA_SENSITIVE: false, CKA_EXTRACTABLE: true,
    }),
  );
}

function rsaPair() {
  const keys = module_.C_GenerateKeyPair(
    session,
    mechanism("CKM_RSA_PKCS_KEY_PAIR_GEN"),
    template({ CKA_TOKEN: false, CKA_MODULUS_BITS: 2048, CKA_PUBLIC_EXPONENT: Buffer.from([1, 0, 1]), CKA_VERIFY: true, CKA_ENCRYPT: true }),
    template({ CKA_TOKEN: false, CKA_SIGN: true, CKA_DECRYPT: true }),
  );
  const jwk = {
    kty: "RSA",
    n: valueOf(keys.publicKey, "CKA_MODULUS").toString("base64url"),
    e: valueOf(keys.publicKey, "CKA_PUBLIC_EXPONENT").toString("base64url"),
  };
  return { ...keys, software: crypto.createPublicKey({ key: jwk, format: "jwk" }) };
}

const P256 = Buffer.from("06082a8648ce3d030107", "hex");

function ecPair() {
  const keys = module_.C_GenerateKeyPair(
    session,
    mechanism("CKM_EC_KEY_PAIR_GEN"),
    template({ CKA_TOKEN: false, CKA_EC_PARAMS: P256, CKA_VERIFY: true }),
    template({ CKA_TOKEN: false, CKA_SIGN: true, CKA_DERIVE: true }),
  );
  const point = valueOf(keys.publicKey, "CKA_EC_POINT").subarray(-65);
  const jwk = {
    kty: "EC", crv: "P-256",
    x: point.subarray(1, 33).toString("base64url"), y: point.subarray(33).toString("base64url"),
  };
  return { ...keys, point, software: crypto.createPublicKey({ key: jwk, format: "jwk" }) };
}

check("C_GetInfo, C_GetSlotInfo, C_GetTokenInfo, C_GetSessionInfo", () => {
  assert.ok(module_.C_GetInfo().cryptokiVersion.major >= 2);
  assert.ok(module_.C_GetSlotInfo(slot).flags & pkcs11.CKF_TOKEN_PRESENT);
  assert.ok(module_.C_GetTokenInfo(slot).flags & pkcs11.CKF_TOKEN_INITIALIZED);
  assert.strictEqual(module_.C_GetSessionInfo(session).state, 3 /* CKS_RW_USER_FUNCTIONS */);
});
check("C_GetMechanismList, C_GetMechanismInfo of each", () => {
  const list = module_.C_GetMechanismList(slot);
  assert.ok(list.length > 50);
  for (const one of list) module_.C_GetMechanismInfo(slot, one);
});
check("an unknown mechanism", () => refused("CKR_MECHANISM_INVALID", () => module_.C_GetMechanismInfo(slot, 0x7fffffff)));
check("C_Login again", () => refused("CKR_USER_ALREADY_LOGGED_IN", () => module_.C_Login(session, pkcs11.CKU_USER, PIN)));
check("C_SetPIN with a wrong old one", () => refused("CKR_PIN_INCORRECT", () => module_.C_SetPIN(session, "not-it", "another-pin")));
check("C_SetPIN, and back", () => {
  module_.C_SetPIN(session, PIN, "another-pin");
  module_.C_SetPIN(session, "another-pin", PIN);
});
check("C_CreateObject, C_SetAttributeValue, C_CopyObject, C_FindObjects, C_DestroyObject", () => {
  const label = "data of pkcs11js";
  const object = module_.C_CreateObject(session, template({ CKA_CLASS: pkcs11.CKO_DATA, CKA_TOKEN: true, CKA_LABEL: "other", CKA_VALUE: message }));
  module_.C_SetAttributeValue(session, object, template({ CKA_LABEL: label }));
  const copy = module_.C_CopyObject(session, object, template({ CKA_TOKEN: false, CKA_LABEL: "copy" }));
  assert.deepStrictEqual(valueOf(copy, "CKA_VALUE"), message);
  module_.C_FindObjectsInit(session, template({ CKA_LABEL: label }));
  const found = module_.C_FindObjects(session, 10);
  module_.C_FindObjectsFinal(session);
  assert.strictEqual(found.length, 1);
  assert.deepStrictEqual(valueOf(found[0], "CKA_VALUE"), message);
  module_.C_DestroyObject(session, object);
  module_.C_FindObjectsInit(session, template({ CKA_LABEL: label }));
  assert.strictEqual(module_.C_FindObjects(session, 10).length, 0);
  module_.C_FindObjectsFinal(session);
});
for (const [name, hash] of Object.entries({ CKM_SHA_1: "sha1", CKM_SHA256: "sha256", CKM_SHA384: "sha384", CKM_SHA512: "sha512" })) {
  check(`C_Digest ${name}, in one and in parts`, () => {
    const wanted = crypto.createHash(hash).update(message).digest();
    module_.C_DigestInit(session, mechanism(name));
    assert.deepStrictEqual(module_.C_Digest(session, message, Buffer.alloc(64)), wanted);
    module_.C_DigestInit(session, mechanism(name));
    module_.C_DigestUpdate(session, message.subarray(0, 77));
    module_.C_DigestUpdate(session, message.subarray(77));
    assert.deepStrictEqual(module_.C_DigestFinal(session, Buffer.alloc(64)), wanted);
  });
}
check("C_Sign and C_Verify CKM_SHA256_HMAC", () => {
  const key = secret("CKK_GENERIC_SECRET", Buffer.alloc(32, 5));
  module_.C_SignInit(session, mechanism("CKM_SHA256_HMAC"), key);
  const mac = module_.C_Sign(session, message, Buffer.alloc(64));
  assert.deepStrictEqual(mac, crypto.createHmac("sha256", Buffer.alloc(32, 5)).update(message).digest());
  module_.C_VerifyInit(session, mechanism("CKM_SHA256_HMAC"), key);
  assert.ok(module_.C_Verify(session, message, mac));
});
for (const [name, cipher, parameter] of [
  ["CKM_AES_ECB", "aes-256-ecb", null],
  ["CKM_AES_CBC_PAD", "aes-256-cbc", Buffer.from("sixteen byte iv.")],
]) {
  check(`C_Encrypt and C_Decrypt ${name}, also awaited`, async () => {
    const value = Buffer.alloc(32, 9);
    const key = secret("CKK_AES", value);
    const software = crypto.createCipheriv(cipher, value, parameter);
    if (!parameter) software.setAutoPadding(false);
    const plain = message.subarray(0, 1600);
    const wanted = Buffer.concat([software.update(plain), software.final()]);
    module_.C_EncryptInit(session, mechanism(name, parameter), key);
    assert.deepStrictEqual(module_.C_Encrypt(session, plain, Buffer.alloc(2000)), wanted);
    module_.C_EncryptInit(session, mechanism(name, parameter), key);
    assert.deepStrictEqual(await module_.C_EncryptAsync(session, plain, Buffer.alloc(2000)), wanted);
    module_.C_DecryptInit(session, mechanism(name, parameter), key);
    assert.deepStrictEqual(module_.C_Decrypt(session, wanted, Buffer.alloc(2000)), plain);
    module_.C_DecryptInit(session, mechanism(name, parameter), key);
    const one = module_.C_DecryptUpdate(session, wanted.subarray(0, 800), Buffer.alloc(1000));
    const two = module_.C_DecryptUpdate(session, wanted.subarray(800), Buffer.alloc(1000));
    const three = module_.C_DecryptFinal(session, Buffer.alloc(100));
    assert.deepStrictEqual(Buffer.concat([one, two, three]), plain);
  });
}
check("C_Encrypt CKM_AES_GCM", () => {
  const value = Buffer.alloc(32, 9);
  const iv = Buffer.from("twelve bytes");
  const aad = Buffer.from("more");
  const software = crypto.createCipheriv("aes-256-gcm", value, iv).setAAD(aad);
  const wanted = Buffer.concat([software.update(message), software.final(), software.getAuthTag()]);
  const parameter = { type: pkcs11.CK_PARAMS_AES_GCM, iv, aad, ivBits: 96, tagBits: 128 };
  module_.C_EncryptInit(session, mechanism("CKM_AES_GCM", parameter), secret("CKK_AES", value));
  assert.deepStrictEqual(module_.C_Encrypt(session, message, Buffer.alloc(6000)), wanted);
});
check("C_Sign CKM_SHA256_RSA_PKCS, also awaited; C_Verify", async () => {
  const keys = rsaPair();
  module_.C_SignInit(session, mechanism("CKM_SHA256_RSA_PKCS"), keys.privateKey);
  const signature = module_.C_Sign(session, message, Buffer.alloc(256));
  assert.ok(crypto.verify("sha256", message, keys.software, signature));
  module_.C_SignInit(session, mechanism("CKM_SHA256_RSA_PKCS"), keys.privateKey);
  assert.deepStrictEqual(await module_.C_SignAsync(session, message, Buffer.alloc(256)), signature);
  module_.C_VerifyInit(session, mechanism("CKM_SHA256_RSA_PKCS"), keys.publicKey);
  assert.ok(module_.C_Verify(session, message, signature));
});
check("C_Sign CKM_SHA256_RSA_PKCS_PSS", () => {
  const keys = rsaPair();
  const parameter = { type: pkcs11.CK_PARAMS_RSA_PSS, hashAlg: pkcs11.CKM_SHA256, mgf: pkcs11.CKG_MGF1_SHA256, saltLen: 32 };
  module_.C_SignInit(session, mechanism("CKM_SHA256_RSA_PKCS_PSS", parameter), keys.privateKey);
  const signature = module_.C_Sign(session, message, Buffer.alloc(256));
  const options = { key: keys.software, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  assert.ok(crypto.verify("sha256", message, options, signature));
});
check("C_Decrypt CKM_RSA_PKCS_OAEP", () => {
  const keys = rsaPair();
  const options = { key: keys.software, padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" };
  const blob = crypto.publicEncrypt(options, Buffer.from("short"));
  const parameter = { type: pkcs11.CK_PARAMS_RSA_OAEP, hashAlg: pkcs11.CKM_SHA_1, mgf: pkcs11.CKG_MGF1_SHA1, source: 1 /* CKZ_DATA_SPECIFIED */ };
  module_.C_DecryptInit(session, mechanism("CKM_RSA_PKCS_OAEP", parameter), keys.privateKey);
  assert.deepStrictEqual(module_.C_Decrypt(session, blob, Buffer.alloc(256)), Buffer.from("short"));
});
check("C_Sign CKM_ECDSA", () => {
  const keys = ecPair();
  const digest = crypto.createHash("sha256").update(message).digest();
  module_.C_SignInit(session, mechanism("CKM_ECDSA"), keys.privateKey);
  const signature = module_.C_Sign(session, digest, Buffer.alloc(64));
  assert.ok(crypto.verify("sha256", message, { key: keys.software, dsaEncoding: "ieee-p1363" }, signature));
});
check("C_DeriveKey CKM_ECDH1_DERIVE", () => {
  const keys = ecPair();
  const peer = crypto.createECDH("prime256v1");
  peer.generateKeys();
  const parameter = { type: pkcs11.CK_PARAMS_EC_DH, kdf: pkcs11.CKD_NULL, publicData: peer.getPublicKey() };
  const key = module_.C_DeriveKey(
    session, mechanism("CKM_ECDH1_DERIVE", parameter), keys.privateKey,
    template({ CKA_CLASS: pkcs11.CKO_SECRET_KEY, CKA_KEY_TYPE: pkcs11.CKK_GENERIC_SECRET, CKA_VALUE_LEN: 32, CKA_TOKEN: false, CKA_SENSITIVE: false, CKA_EXTRACTABLE: true }),
  );
  assert.deepStrictEqual(valueOf(key, "CKA_VALUE"), peer.computeSecret(keys.point));
});
check("C_WrapKey and C_UnwrapKey CKM_AES_KEY_WRAP", () => {
  const wrapping = secret("CKK_AES", Buffer.alloc(32, 1));
  const blob = module_.C_WrapKey(session, mechanism("CKM_AES_KEY_WRAP"), wrapping, secret("CKK_AES", Buffer.alloc(16, 2)), Buffer.alloc(100));
  const software = crypto.createCipheriv("id-aes256-wrap", Buffer.alloc(32, 1), Buffer.alloc(8, 0xa6));
  assert.deepStrictEqual(blob, Buffer.concat([software.update(Buffer.alloc(16, 2)), software.final()]));
  const key = module_.C_UnwrapKey(
    session, mechanism("CKM_AES_KEY_WRAP"), wrapping, blob,
    template({ CKA_CLASS: pkcs11.CKO_SECRET_KEY, CKA_KEY_TYPE: pkcs11.CKK_AES, CKA_TOKEN: false, CKA_SENSITIVE: false, CKA_EXTRACTABLE: true }),
  );
  assert.deepStrictEqual(valueOf(key, "CKA_VALUE"), Buffer.alloc(16, 2));
});
check("C_GenerateRandom, C_SeedRandom", () => {
  module_.C_SeedRandom(session, Buffer.from("a seed"));
  const one = module_.C_GenerateRandom(session, Buffer.alloc(32));
  assert.notDeepStrictEqual(module_.C_GenerateRandom(session, Buffer.alloc(32)), one);
});
check("40 signatures awaited at a time, a session each", async () => {
  const keys = rsaPair();
  const sign = async () => {
    const own = module_.C_OpenSession(slot, pkcs11.CKF_SERIAL_SESSION);
    module_.C_SignInit(own, mechanism("CKM_SHA256_RSA_PKCS"), keys.privateKey);
    const signature = await module_.C_SignAsync(own, message, Buffer.alloc(256));
    module_.C_CloseSession(own);
    return crypto.verify("sha256", message, keys.software, signature);
  };
  assert.ok((await Promise.all(Array.from({ length: 40 }, sign))).every(Boolean));
});
check("the security officer gives the user the PIN again", () => {
  module_.C_Logout(session);
  module_.C_Login(session, pkcs11.CKU_SO, SO_PIN);
  module_.C_InitPIN(session, PIN);
  module_.C_Logout(session);
  module_.C_Login(session, pkcs11.CKU_USER, PIN);
});

run(() => {
  module_.C_CloseSession(session);
  module_.C_Finalize();
  module_.close();
});
