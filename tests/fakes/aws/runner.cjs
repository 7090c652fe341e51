// Runs a CloudFront function in Node, held to what CloudFront's own runtime takes.
// For each line of stdin, {code, runtime, event} as JSON, a line of stdout: {output, error, logs}, output as JSON in a text.
//
// The language: docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/functions-javascript-runtime-20.html
// What may come back: functions-event-structure.html and edge-functions-restrictions.html there.
"use strict";
const vm = require("node:vm");
// Node's own parser; seen with --expose-internals.
const acorn = require("internal/deps/acorn/acorn/dist/acorn");
const walk = require("internal/deps/acorn/acorn-walk/dist/walk");

const MEMORY = 2 * 1024 * 1024;
const TIMEOUT = 2000;
const NOT_RUN = "The CloudFront function associated with the CloudFront distribution is invalid or could not run. ";
const NOT_VALID = "The CloudFront function returned an invalid value: ";

const STATEMENTS_OF_20 = new Set(["let", "const"]);
const MISSING = new Set([
  "ArrayPattern", "AssignmentPattern", "ChainExpression", "ClassDeclaration", "ClassExpression", "ForOfStatement",
  "ImportExpression", "MetaProperty", "ObjectPattern", "SpreadElement", "TaggedTemplateExpression", "YieldExpression",
]);
const MISSING_OPERATORS = new Set(["??", "??=", "&&=", "||="]);
const MISSING_GLOBALS = [
  "AggregateError", "Atomics", "BigInt", "BigInt64Array", "BigUint64Array", "FinalizationRegistry", "Intl", "Map", "Proxy",
  "Reflect", "Set", "SharedArrayBuffer", "WeakMap", "WeakRef", "WeakSet", "WebAssembly", "escape", "unescape",
];
const DISALLOWED = new RegExp(
  "^(connection|expect|keep-alive|proxy-(authenticate|authorization|connection)|trailer|upgrade|" +
    "x-accel-(buffering|charset|limit-rate|redirect)|x-amz-cf-.*|" +
    "x-amzn-(auth|cf-billing|cf-id|cf-xff|errortype|fle-profile|header-count|header-order|lambda-integration-tag|requestid)|" +
    "x-cache|x-edge-.*|x-forwarded-proto|x-real-ip)$",
);
const READ_ONLY = new Set(["content-length", "host", "transfer-encoding", "via"]);

class Invalid extends Error {}

function unknown(node, runtime) {
  if (MISSING.has(node.type)) return node.type;
  if (MISSING_OPERATORS.has(node.operator)) return node.operator;
  if (node.generator) return "function*";
  if (node.bigint) return "BigInt";
  if (node.type === "CatchClause" && !node.param) return "catch without a parameter";
  if (node.type === "Property" && (node.shorthand || node.computed || node.method)) return "a property without a name and a value";
  if (runtime === "cloudfront-js-1.0" && (STATEMENTS_OF_20.has(node.kind) || node.async)) return node.kind || "async";
  return null;
}

function checkLanguage(code, runtime) {
  const tree = acorn.parse(code, { ecmaVersion: 2021, sourceType: "script" });
  walk.full(tree, (node) => {
    const found = unknown(node, runtime);
    if (found) throw new SyntaxError(`Token "${found}" not supported in this version`);
  });
}

function checkHeaders(headers, before, where) {
  for (const name of Object.keys(headers)) {
    const value = headers[name];
    if (name !== name.toLowerCase()) throw new Invalid(`${where}.headers must have header names in lower case.`);
    if (DISALLOWED.test(name)) throw new Invalid(`${where}.headers contains ${name}, which functions cannot add.`);
    if (READ_ONLY.has(name) && JSON.stringify(value) !== JSON.stringify(before[name])) {
      throw new Invalid(`${where}.headers contains ${name}, which is read-only.`);
    }
    if (typeof value !== "object" || value === null || typeof value.value !== "string") {
      throw new Invalid(`${where}.headers must have an object with a string in value for ${name}.`);
    }
  }
}

function checkBody(body) {
  if (typeof body === "string") return;
  if (typeof body !== "object" || typeof body.data !== "string") throw new Invalid("response.body must have a string in data.");
  if (body.encoding !== "text" && body.encoding !== "base64") throw new Invalid("response.body.encoding must be text or base64.");
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
  if (body.encoding === "base64" && !isBase64.test(body.data)) throw new Invalid("response.body.data is not valid base64.");
  if (body.data.length > MEMORY) throw new RangeError("memory limit exceeded");
}

function checked(made, request) {
  if (typeof made !== "object" || made === null) throw new Invalid("a request or a response must be returned.");
  if (!("statusCode" in made)) {
    if (made.method !== request.method) throw new Invalid("request.method is read-only.");
    if (typeof made.uri !== "string" || !made.uri.startsWith("/")) throw new Invalid("request.uri must begin with /.");
    checkHeaders(made.headers, request.headers, "request");
    return { request: made };
  }
  if (!Number.isInteger(made.statusCode) || made.statusCode < 100 || made.statusCode > 599) {
    throw new Invalid("response.statusCode must be an integer between 100 and 599.");
  }
  checkHeaders(made.headers || {}, {}, "response");
  if (made.body !== undefined) checkBody(made.body);
  return { response: { headers: {}, cookies: {}, ...made } };
}

async function run({ code, runtime, event }, log) {
  checkLanguage(code, runtime);
  const context = vm.createContext({ console: { log, error: log } }, { codeGeneration: { strings: false, wasm: false } });
  for (const name of MISSING_GLOBALS) vm.runInContext(`delete globalThis.${name}`, context);
  vm.runInContext(`"use strict"; ${code}`, context, { timeout: TIMEOUT });
  // The event is made of the context's own objects, as the function's own are.
  context.given = JSON.stringify(event);
  const made = await vm.runInContext("handler(JSON.parse(given))", context, { timeout: TIMEOUT });
  return checked(made, event.request);
}

function words(given) {
  return given.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" ");
}

async function answer(line) {
  const logs = [];
  let late;
  const tooLong = new Promise((_, reject) => {
    late = setTimeout(reject, TIMEOUT, new Error("the function takes too long"));
  });
  try {
    const output = await Promise.race([run(JSON.parse(line), (...given) => logs.push(words(given))), tooLong]);
    return { output: JSON.stringify(output), error: "", logs };
  } catch (error) {
    return { output: "", error: error instanceof Invalid ? NOT_VALID + error.message : `${NOT_RUN}${error.name}: ${error.message}`, logs };
  } finally {
    clearTimeout(late);
  }
}

async function main() {
  for await (const line of require("node:readline").createInterface({ input: process.stdin })) {
    process.stdout.write(JSON.stringify(await answer(line)) + "\n");
  }
}

main();
