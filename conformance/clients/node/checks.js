// Runs checks one after the other and prints how each ended, a line of JSON each.
"use strict";

const assert = require("node:assert");

/** Where the token is: `MODULE`, `TOKEN`, `PIN` and `SO_PIN` of the environment. */
const { MODULE, TOKEN, PIN, SO_PIN } = process.env;

const pending = [];

/** Says what must hold; `work` may be asynchronous. */
function check(name, work) {
  pending.push([name, work]);
}

async function run(end) {
  for (const [name, work] of pending) {
    let why = "";
    try {
      await work();
    } catch (error) {
      why = String((error && (error.message || error.name)) || error) || "it failed";
    }
    console.log(JSON.stringify({ name, result: why ? "failed" : "passed", why }));
  }
  await end();
  console.log(JSON.stringify({ name: "", result: "end", why: "" }));
}

/** Wants `work` to fail with that return value. */
async function refused(code, work) {
  try {
    await work();
  } catch (error) {
    assert.ok(String(error.message).includes(code), `the answer is ${error.message}, not ${code}`);
    return;
  }
  assert.fail(`there is an answer, and not ${code}`);
}

module.exports = { MODULE, TOKEN, PIN, SO_PIN, check, run, refused };
