// The Web Crypto API of node-webcrypto-p11; Node's own is what it is compared with.
"use strict";

const assert = require("node:assert");
const { webcrypto, X509Certificate } = require("node:crypto");
const graphene = require("graphene-pk11");
const { Crypto } = require("node-webcrypto-p11");
const { MODULE, TOKEN, PIN, check, run } = require("./checks.js");

/** The place in the list of slots, which is what the package wants. */
function place() {
  const module_ = graphene.Module.load(MODULE, "token");
  module_.initialize();
  const slots = module_.getSlots(true);
  const labels = Array.from({ length: slots.length }, (_, index) => slots.items(index).getToken().label.trim());
  module_.finalize();
  return labels.indexOf(TOKEN);
}

const token = new Crypto({ library: MODULE, name: "token", slot: place(), readWrite: true, pin: PIN });
const software = webcrypto.subtle;
const { subtle } = token;
const message = Buffer.from("a message of some length; ".repeat(200));
const bytes = (buffer) => Buffer.from(buffer);
const RSA = { modulusLength: 2048, publicExponent: new Uint8Array([1, 0, 1]) };

async function publicHalf(key, algorithm, uses) {
  return software.importKey("spki", await subtle.exportKey("spki", key), algorithm, true, uses);
}

for (const name of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
  check(`digest ${name}`, async () => {
    assert.deepStrictEqual(bytes(await subtle.digest(name, message)), bytes(await software.digest(name, message)));
  });
}
for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
  check(`RSASSA-PKCS1-v1_5 with ${hash}: generate, sign, verify, both ways`, async () => {
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash, ...RSA };
    const keys = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const signature = await subtle.sign(algorithm, keys.privateKey, message);
    assert.ok(await subtle.verify(algorithm, keys.publicKey, signature, message));
    assert.ok(await software.verify(algorithm, await publicHalf(keys.publicKey, algorithm, ["verify"]), signature, message));
    assert.ok(!(await subtle.verify(algorithm, keys.publicKey, signature, Buffer.from("another"))));
  });
  check(`RSA-PSS with ${hash}`, async () => {
    const algorithm = { name: "RSA-PSS", hash, saltLength: 20, ...RSA };
    const keys = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const signature = await subtle.sign(algorithm, keys.privateKey, message);
    assert.ok(await subtle.verify(algorithm, keys.publicKey, signature, message));
    assert.ok(await software.verify(algorithm, await publicHalf(keys.publicKey, algorithm, ["verify"]), signature, message));
  });
  check(`RSA-OAEP with ${hash}`, async () => {
    const algorithm = { name: "RSA-OAEP", hash, ...RSA };
    const keys = await subtle.generateKey(algorithm, false, ["encrypt", "decrypt"]);
    const half = await publicHalf(keys.publicKey, algorithm, ["encrypt"]);
    const blob = await software.encrypt(algorithm, half, Buffer.from("short"));
    assert.deepStrictEqual(bytes(await subtle.decrypt(algorithm, keys.privateKey, blob)), Buffer.from("short"));
    const back = await subtle.encrypt(algorithm, keys.publicKey, Buffer.from("short"));
    assert.deepStrictEqual(bytes(await subtle.decrypt(algorithm, keys.privateKey, back)), Buffer.from("short"));
  });
}
for (const namedCurve of ["P-256", "P-384", "P-521"]) {
  check(`ECDSA ${namedCurve}: generate, sign, verify, both ways`, async () => {
    const algorithm = { name: "ECDSA", namedCurve, hash: "SHA-256" };
    const keys = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const signature = await subtle.sign(algorithm, keys.privateKey, message);
    assert.ok(await subtle.verify(algorithm, keys.publicKey, signature, message));
    assert.ok(await software.verify(algorithm, await publicHalf(keys.publicKey, algorithm, ["verify"]), signature, message));
  });
  check(`ECDH ${namedCurve}: deriveBits`, async () => {
    const algorithm = { name: "ECDH", namedCurve };
    const own = await subtle.generateKey(algorithm, false, ["deriveBits", "deriveKey"]);
    const peer = await software.generateKey(algorithm, true, ["deriveBits"]);
    const raw = await software.exportKey("spki", peer.publicKey);
    const imported = await subtle.importKey("spki", raw, algorithm, true, []);
    const wanted = await software.deriveBits({ name: "ECDH", public: await publicHalf(own.publicKey, algorithm, []) }, peer.privateKey, 256);
    assert.deepStrictEqual(bytes(await subtle.deriveBits({ name: "ECDH", public: imported }, own.privateKey, 256)), bytes(wanted));
  });
}
check("an RSA pair by PKCS#8, SPKI and JWK", async () => {
  const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256", ...RSA };
  const keys = await software.generateKey(algorithm, true, ["sign", "verify"]);
  for (const format of ["pkcs8", "jwk"]) {
    const key = await subtle.importKey(format, await software.exportKey(format, keys.privateKey), algorithm, true, ["sign"]);
    const signature = await subtle.sign(algorithm, key, message);
    assert.ok(await software.verify(algorithm, keys.publicKey, signature, message));
  }
  for (const format of ["spki", "jwk"]) {
    const key = await subtle.importKey(format, await software.exportKey(format, keys.publicKey), algorithm, true, ["verify"]);
    assert.ok(await subtle.verify(algorithm, key, await software.sign(algorithm, keys.privateKey, message), message));
  }
});
check("an EC pair by PKCS#8, SPKI, JWK and as a raw point", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await software.generateKey(algorithm, true, ["sign", "verify"]);
  for (const format of ["pkcs8", "jwk"]) {
    const key = await subtle.importKey(format, await software.exportKey(format, keys.privateKey), algorithm, true, ["sign"]);
    const signature = await subtle.sign(algorithm, key, message);
    assert.ok(await software.verify(algorithm, keys.publicKey, signature, message));
  }
  for (const format of ["spki", "jwk", "raw"]) {
    const key = await subtle.importKey(format, await software.exportKey(format, keys.publicKey), algorithm, true, ["verify"]);
    assert.ok(await subtle.verify(algorithm, key, await software.sign(algorithm, keys.privateKey, message), message));
  }
});
for (const length of [128, 192, 256]) {
  for (const [name, parameters] of [
    ["AES-CBC", { iv: Buffer.alloc(16, 4) }],
    ["AES-GCM", { iv: Buffer.alloc(12, 4), additionalData: Buffer.from("more"), tagLength: 128 }],
  ]) {
    check(`${name} ${length}: generate, encrypt, decrypt, both ways`, async () => {
      const algorithm = { name, ...parameters };
      const key = await subtle.generateKey({ name, length }, true, ["encrypt", "decrypt"]);
      const half = await software.importKey("raw", await subtle.exportKey("raw", key), name, true, ["encrypt", "decrypt"]);
      const wanted = await software.encrypt(algorithm, half, message);
      assert.deepStrictEqual(bytes(await subtle.encrypt(algorithm, key, message)), bytes(wanted));
      assert.deepStrictEqual(bytes(await subtle.decrypt(algorithm, key, wanted)), message);
    });
  }
}
for (const hash of ["SHA-1", "SHA-256", "SHA-384", "SHA-512"]) {
  check(`HMAC with ${hash}`, async () => {
    const algorithm = { name: "HMAC", hash };
    const raw = Buffer.alloc(64, 6);
    const key = await subtle.importKey("raw", raw, algorithm, true, ["sign", "verify"]);
    const half = await software.importKey("raw", raw, algorithm, true, ["sign"]);
    const wanted = await software.sign(algorithm, half, message);
    assert.deepStrictEqual(bytes(await subtle.sign("HMAC", key, message)), bytes(wanted));
    assert.ok(await subtle.verify("HMAC", key, wanted, message));
  });
}
check("wrapKey and unwrapKey: an AES key under RSA-OAEP", async () => {
  const algorithm = { name: "RSA-OAEP", hash: "SHA-1", ...RSA };
  const keys = await subtle.generateKey(algorithm, false, ["wrapKey", "unwrapKey"]);
  const key = await subtle.importKey("raw", Buffer.alloc(32, 8), "AES-CBC", true, ["encrypt"]);
  const blob = await subtle.wrapKey("raw", key, keys.publicKey, algorithm);
  const again = await subtle.unwrapKey("raw", blob, keys.privateKey, algorithm, { name: "AES-CBC", length: 256 }, true, ["encrypt"]);
  assert.deepStrictEqual(bytes(await subtle.exportKey("raw", again)), Buffer.alloc(32, 8));
});
check("getRandomValues", () => {
  const [one, other] = [token.getRandomValues(new Uint8Array(32)), token.getRandomValues(new Uint8Array(32))];
  assert.notDeepStrictEqual(one, other);
});
check("keyStorage: set, list, get, use, remove", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const half = await publicHalf(keys.publicKey, algorithm, ["verify"]);
  const name = await token.keyStorage.setItem(keys.privateKey);
  assert.ok((await token.keyStorage.keys()).includes(name));
  const found = await token.keyStorage.getItem(name);
  assert.ok(await software.verify(algorithm, half, await subtle.sign(algorithm, found, message), message));
  await token.keyStorage.removeItem(name);
  assert.ok(!(await token.keyStorage.keys()).includes(name));
});
check("certStorage: import, list, get, export, remove", async () => {
  const pem = process.env.CERTIFICATE;
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const certificate = await token.certStorage.importCert("pem", pem, algorithm, ["verify"]);
  const name = await token.certStorage.setItem(certificate);
  assert.ok((await token.certStorage.keys()).includes(name));
  const found = await token.certStorage.getItem(name, algorithm, ["verify"]);
  assert.deepStrictEqual(bytes(await token.certStorage.exportCert("raw", found)), new X509Certificate(pem).raw);
  await token.certStorage.removeItem(name);
  assert.ok(!(await token.certStorage.keys()).includes(name));
});
// One after the other: the package has one session, and calls that overlap meet each other's operations there.
check("30 signatures one after the other", async () => {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await subtle.generateKey(algorithm, false, ["sign", "verify"]);
  const half = await publicHalf(keys.publicKey, algorithm, ["verify"]);
  for (let count = 0; count < 30; count++) {
    assert.ok(await software.verify(algorithm, half, await subtle.sign(algorithm, keys.privateKey, message), message));
  }
});

run(() => token.close());
