// The objects of graphene-pk11.
"use strict";

const assert = require("node:assert");
const crypto = require("node:crypto");
const graphene = require("graphene-pk11");
const { MODULE, TOKEN, PIN, check, run, refused } = require("./checks.js");

const module_ = graphene.Module.load(MODULE, "token");
module_.initialize();
const slots = module_.getSlots(true);
const slot = Array.from({ length: slots.length }, (_, index) => slots.items(index)).find(
  (one) => one.getToken().label.trim() === TOKEN,
);
const session = slot.open(graphene.SessionFlag.RW_SESSION | graphene.SessionFlag.SERIAL_SESSION);
session.login(PIN);

const { KeyType, KeyGenMechanism, ObjectClass } = graphene;
const message = Buffer.from("a message of some length; ".repeat(200));
const uses = { encrypt: true, decrypt: true, sign: true, verify: true, wrap: true, unwrap: true };
const spki = (key) => crypto.createPublicKey({ key, format: "jwk" });

function secret(keyType, value) {
  const template = { class: ObjectClass.SECRET_KEY, keyType, value, token: false, sensitive: false, extractable: true, ...uses };
  return session.create(template).toType();
}

function rsaPair() {
  const keys = session.generateKeyPair(
    KeyGenMechanism.RSA,
    { keyType: KeyType.RSA, modulusBits: 2048, publicExponent: Buffer.from([1, 0, 1]), token: false, verify: true, encrypt: true, wrap: true },
    { keyType: KeyType.RSA, token: false, sign: true, decrypt: true, unwrap: true },
  );
  const { modulus, publicExponent } = keys.publicKey.getAttribute({ modulus: null, publicExponent: null });
  const software = spki({ kty: "RSA", n: modulus.toString("base64url"), e: publicExponent.toString("base64url") });
  return { ...keys, software };
}

function ecPair(curve = "secp256r1") {
  const keys = session.generateKeyPair(
    KeyGenMechanism.EC,
    { keyType: KeyType.EC, paramsEC: graphene.NamedCurve.getByName(curve).value, token: false, verify: true },
    { keyType: KeyType.EC, token: false, sign: true, derive: true },
  );
  const point = keys.publicKey.getAttribute({ pointEC: null }).pointEC;
  const half = { secp256r1: 32, secp384r1: 48, secp521r1: 66 }[curve];
  const raw = point.subarray(-2 * half - 1);
  const [x, y] = [raw.subarray(1, half + 1), raw.subarray(half + 1)].map((part) => part.toString("base64url"));
  const crv = { secp256r1: "P-256", secp384r1: "P-384", secp521r1: "P-521" }[curve];
  return { ...keys, raw, software: spki({ kty: "EC", crv, x, y }) };
}

check("the module, the slot, the token and the session tell of themselves", () => {
  assert.ok(module_.cryptokiVersion.major >= 2);
  assert.ok(slot.flags & graphene.SlotFlag.TOKEN_PRESENT);
  assert.ok(slot.getToken().flags & graphene.TokenFlag.TOKEN_INITIALIZED);
  assert.ok(session.flags & graphene.SessionFlag.RW_SESSION);
});
check("each mechanism and its information", () => {
  const mechanisms = slot.getMechanisms();
  assert.ok(mechanisms.length > 50);
  for (let index = 0; index < mechanisms.length; index++) {
    assert.ok(mechanisms.items(index).maxKeySize >= mechanisms.items(index).minKeySize);
  }
});
check("create, find, get and set attributes, copy, destroy", () => {
  const made = session.create({ class: ObjectClass.DATA, label: "data of graphene", token: true, private: false, value: message }).toType();
  assert.deepStrictEqual(made.value, message);
  made.setAttribute({ label: "data of graphene, again" });
  const found = session.find({ label: "data of graphene, again" });
  assert.strictEqual(found.length, 1);
  const copy = session.copy(found.items(0), { token: false, label: "a copy" });
  assert.deepStrictEqual(copy.getAttribute({ value: null }).value, message);
  session.destroy(made);
  assert.strictEqual(session.find({ label: "data of graphene, again" }).length, 0);
});
check("an X.509 certificate", () => {
  const der = Buffer.from("3003020101", "hex");
  const made = session.create({
    class: ObjectClass.CERTIFICATE, certType: graphene.CertificateType.X_509, token: false, subject: Buffer.from("3000", "hex"),
    value: der, id: Buffer.from([1]), label: "certificate",
  });
  assert.deepStrictEqual(made.toType().value, der);
});
for (const [name, hash] of Object.entries({ SHA1: "sha1", SHA256: "sha256", SHA384: "sha384", SHA512: "sha512" })) {
  check(`digest ${name}, in one and in parts`, () => {
    const wanted = crypto.createHash(hash).update(message).digest();
    assert.deepStrictEqual(session.createDigest(name).once(message), wanted);
    const digest = session.createDigest(name);
    digest.update(message.subarray(0, 99));
    digest.update(message.subarray(99));
    assert.deepStrictEqual(digest.final(), wanted);
  });
}
for (const [name, hash] of Object.entries({ SHA1_RSA_PKCS: "sha1", SHA256_RSA_PKCS: "sha256", SHA384_RSA_PKCS: "sha384", SHA512_RSA_PKCS: "sha512" })) {
  check(`sign and verify ${name}`, () => {
    const keys = rsaPair();
    const signature = session.createSign(name, keys.privateKey).once(message);
    assert.ok(crypto.verify(hash, message, keys.software, signature));
    const sign = session.createSign(name, keys.privateKey);
    sign.update(message.subarray(0, 1000));
    sign.update(message.subarray(1000));
    assert.deepStrictEqual(sign.final(), signature);
    assert.strictEqual(session.createVerify(name, keys.publicKey).once(message, signature), true);
    signature[0] ^= 1;
    assert.strictEqual(session.createVerify(name, keys.publicKey).once(message, signature), false);
  });
}
check("sign SHA256_RSA_PKCS_PSS", () => {
  const keys = rsaPair();
  const name = { name: "SHA256_RSA_PKCS_PSS", params: new graphene.RsaPssParams(graphene.MechanismEnum.SHA256, graphene.RsaMgf.MGF1_SHA256, 32) };
  const signature = session.createSign(name, keys.privateKey).once(message);
  const options = { key: keys.software, padding: crypto.constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 };
  assert.ok(crypto.verify("sha256", message, options, signature));
});
for (const curve of ["secp256r1", "secp384r1", "secp521r1"]) {
  check(`sign and verify ECDSA_SHA256 with ${curve}`, () => {
    const keys = ecPair(curve);
    const signature = session.createSign("ECDSA_SHA256", keys.privateKey).once(message);
    assert.ok(crypto.verify("sha256", message, { key: keys.software, dsaEncoding: "ieee-p1363" }, signature));
    assert.ok(session.createVerify("ECDSA_SHA256", keys.publicKey).once(message, signature));
  });
}
for (const [name, cipher] of Object.entries({ AES_CBC_PAD: "aes-256-cbc", AES_ECB: "aes-256-ecb" })) {
  check(`encrypt and decrypt ${name}, in one and in parts`, () => {
    const value = Buffer.alloc(32, 3);
    const iv = name === "AES_ECB" ? null : Buffer.from("sixteen byte iv.");
    const plain = message.subarray(0, 1600);
    const software = crypto.createCipheriv(cipher, value, iv);
    if (!iv) software.setAutoPadding(false);
    const wanted = Buffer.concat([software.update(plain), software.final()]);
    const key = secret(KeyType.AES, value);
    const algorithm = { name, params: iv };
    assert.deepStrictEqual(session.createCipher(algorithm, key).once(plain, Buffer.alloc(2000)), wanted);
    const parts = session.createCipher(algorithm, key);
    assert.deepStrictEqual(Buffer.concat([parts.update(plain.subarray(0, 555)), parts.update(plain.subarray(555)), parts.final()]), wanted);
    assert.deepStrictEqual(session.createDecipher(algorithm, key).once(wanted, Buffer.alloc(2000)), plain);
  });
}
check("encrypt and decrypt AES_GCM", () => {
  const value = Buffer.alloc(32, 3);
  const iv = Buffer.from("twelve bytes");
  const aad = Buffer.from("more");
  const software = crypto.createCipheriv("aes-256-gcm", value, iv).setAAD(aad);
  const wanted = Buffer.concat([software.update(message), software.final(), software.getAuthTag()]);
  const algorithm = { name: "AES_GCM", params: new graphene.AesGcm240Params(iv, aad, 128) };
  const key = secret(KeyType.AES, value);
  assert.deepStrictEqual(session.createCipher(algorithm, key).once(message, Buffer.alloc(6000)), wanted);
  assert.deepStrictEqual(session.createDecipher(algorithm, key).once(wanted, Buffer.alloc(6000)), message);
});
check("decrypt RSA_PKCS_OAEP", () => {
  const keys = rsaPair();
  const options = { key: keys.software, padding: crypto.constants.RSA_PKCS1_OAEP_PADDING, oaepHash: "sha1" };
  const blob = crypto.publicEncrypt(options, Buffer.from("short"));
  const algorithm = { name: "RSA_PKCS_OAEP", params: new graphene.RsaOaepParams(graphene.MechanismEnum.SHA1, graphene.RsaMgf.MGF1_SHA1) };
  assert.deepStrictEqual(session.createDecipher(algorithm, keys.privateKey).once(blob, Buffer.alloc(256)), Buffer.from("short"));
});
check("derive ECDH1_DERIVE", () => {
  const keys = ecPair();
  const peer = crypto.createECDH("prime256v1");
  peer.generateKeys();
  const algorithm = { name: "ECDH1_DERIVE", params: new graphene.EcdhParams(graphene.EcKdf.NULL, null, peer.getPublicKey()) };
  const key = session.deriveKey(algorithm, keys.privateKey, {
    class: ObjectClass.SECRET_KEY, keyType: KeyType.GENERIC_SECRET, valueLen: 32, token: false, sensitive: false, extractable: true,
  });
  assert.deepStrictEqual(key.getAttribute({ value: null }).value, peer.computeSecret(keys.raw));
});
check("wrap and unwrap with AES_KEY_WRAP, AES_CBC_PAD and RSA_PKCS", () => {
  const keys = rsaPair();
  const wrapping = secret(KeyType.AES, Buffer.alloc(32, 1));
  const template = { class: ObjectClass.SECRET_KEY, keyType: KeyType.AES, token: false, sensitive: false, extractable: true };
  for (const [algorithm, by, back] of [
    ["AES_KEY_WRAP", wrapping, wrapping],
    [{ name: "AES_CBC_PAD", params: Buffer.alloc(16, 7) }, wrapping, wrapping],
    ["RSA_PKCS", keys.publicKey, keys.privateKey],
  ]) {
    const blob = session.wrapKey(algorithm, by, secret(KeyType.AES, Buffer.alloc(16, 2)));
    const key = session.unwrapKey(algorithm, back, blob, template);
    assert.deepStrictEqual(key.getAttribute({ value: null }).value, Buffer.alloc(16, 2));
  }
});
check("generate an AES key, whose value is not shown", () => {
  const key = session.generateKey(KeyGenMechanism.AES, { keyType: KeyType.AES, valueLen: 32, token: false, sensitive: true, extractable: false });
  assert.strictEqual(key.getAttribute({ valueLen: null }).valueLen, 32);
  return refused("CKR_ATTRIBUTE_SENSITIVE", () => key.getAttribute({ value: null }));
});
check("random numbers", () => {
  assert.notDeepStrictEqual(session.generateRandom(32), session.generateRandom(32));
});
check("log out and in", () => {
  session.logout();
  session.login(PIN);
});

run(() => {
  session.logout();
  session.close();
  module_.finalize();
  module_.close();
});
