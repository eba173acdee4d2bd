// Every field of the `provider` object, through the SDK in its spelling and over plain HTTP in the
// API's: what is observed is who answered.
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { OpenRouter } from "@openrouter/sdk";

const url = `${process.env.SIGNALBOX_URL}/api/v1`;
const client = new OpenRouter({
  apiKey: process.env.SIGNALBOX_KEY,
  serverURL: url,
  retryConfig: { strategy: "none" },
});
// Routes A and C are sandboxes, and take as long as they are told; Route B takes what it needs. That
// must be less on any machine.
const messages = [{ role: "user", content: "hello [[sandbox: delay=300]] [[sandbox: tokens=4]]" }];
const tools = [{ type: "function", function: { name: "f", parameters: { type: "object", properties: {} } } }];

async function bySdk(request) {
  const answer = await client.chat.send({
    chatRequest: { messages, ...request },
    xOpenRouterMetadata: "enabled",
  });
  const told = answer.openrouterMetadata;
  return {
    model: answer.model,
    provider: told.endpoints.available.find((one) => one.selected).provider,
    tried: told.attempts.map((one) => one.provider),
  };
}

async function plain(path, request) {
  return fetch(url + path, {
    method: "POST",
    headers: {
      Authorization: `Bearer ${process.env.SIGNALBOX_KEY}`,
      "Content-Type": "application/json",
      "X-OpenRouter-Metadata": "enabled",
    },
    body: JSON.stringify({ messages, ...request }),
  });
}

async function byHttp(request) {
  const response = await plain("/chat/completions", request);
  const answer = await response.json();
  assert.equal(response.status, 200, JSON.stringify(answer));
  return {
    model: answer.model,
    provider: answer.provider,
    tried: answer.openrouter_metadata.attempts.map((one) => one.provider),
  };
}

const snake = (name) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
const inSnake = (provider) =>
  Object.fromEntries(Object.entries(provider).map(([name, value]) => [snake(name), value]));

// The router must have seen each of them before it can go by what it measured.
before(async () => {
  for (const slug of ["ra", "rb", "rc"]) {
    for (let i = 0; i < 4; i++) {
      await byHttp({ model: "routing/three", provider: { only: [slug] } });
    }
  }
  await byHttp({ model: "routing/other" });
  await new Promise((resolve) => setTimeout(resolve, 400));
});

// name, provider object, who answers; more of the request, and the model that answers
const cases = [
  ["order", { order: ["rc", "ra"] }, "Route C"],
  ["order, with a stranger first", { order: ["nobody", "rb"] }, "Route B"],
  ["only", { only: ["rb"] }, "Route B"],
  ["only, by its display name", { only: ["Route C"] }, "Route C"],
  ["ignore", { ignore: ["ra", "rb"] }, "Route C"],
  ["allowFallbacks", { order: ["ra"], allowFallbacks: false }, "Route A"],
  ["requireParameters", { requireParameters: true, order: ["rb", "rc"] }, "Route C", { tools }],
  ["dataCollection", { dataCollection: "deny", order: ["rb", "rc"] }, "Route C"],
  ["zdr", { zdr: true }, "Route A"],
  ["enforceDistillableText", { enforceDistillableText: true, sort: "price" }, "Route A"],
  ["quantizations", { quantizations: ["fp4"] }, "Route C"],
  ["sort by price", { sort: "price" }, "Route A"],
  ["sort by latency", { sort: "latency" }, "Route B"],
  ["sort by throughput", { sort: "throughput" }, "Route B"],
  ["order beats sort", { sort: "price", order: ["rc"] }, "Route C"],
  ["maxPrice, inclusive", { maxPrice: { prompt: "1", completion: "1" } }, "Route A"],
  ["maxPrice and sort", { maxPrice: { completion: "2" }, sort: "throughput" }, "Route B"],
  ["maxPrice per request and image, which nobody asks", { maxPrice: { request: "0", image: "0", audio: "0" }, sort: "price" }, "Route A"],
  ["sort by tool calls, which nobody made, so by throughput", { sort: "exacto" }, "Route B"],
  ["preferredMaxLatency, a number", { preferredMaxLatency: 0.25 }, "Route B"],
  ["preferredMaxLatency, percentiles", { preferredMaxLatency: { p50: 0.25 }, sort: "price" }, "Route B"],
  ["preferredMaxLatency that none meets", { preferredMaxLatency: { p99: 0.0001 }, sort: "price" }, "Route A"],
  [
    "every percentile of both",
    {
      preferredMaxLatency: { p50: 0.25, p75: 100, p90: 100, p99: 100 },
      preferredMinThroughput: { p50: 0.001, p75: 0.001, p90: 0.001, p99: 0.001 },
      sort: "price",
    },
    "Route B",
  ],
  ["preferredMinThroughput that all meet", { preferredMinThroughput: { p50: 0.001 }, sort: "price" }, "Route A"],
  ["preferredMinThroughput that none meets", { preferredMinThroughput: 1e9, sort: "price" }, "Route A"],
  [
    "sort within each model",
    { sort: { by: "price", partition: "model" } },
    "Route A",
    { models: ["routing/three", "routing/other"] },
    "routing/three",
  ],
  [
    "the brief's example: the cheapest of all models that is quick enough",
    {
      sort: { by: "price", partition: "none" },
      preferredMaxLatency: { p90: 3 },
      preferredMinThroughput: { p50: 0.001 },
    },
    "Route C",
    { models: ["routing/three", "routing/other"] },
    "routing/other",
  ],
  [
    "every field at once",
    {
      order: ["rc"],
      only: ["ra", "rb", "rc"],
      ignore: ["rb"],
      allowFallbacks: true,
      requireParameters: false,
      dataCollection: "deny",
      zdr: false,
      enforceDistillableText: true,
      quantizations: ["fp4", "fp8"],
      sort: "price",
      maxPrice: { prompt: "3", completion: "3" },
      preferredMaxLatency: { p90: 100 },
      preferredMinThroughput: 0.001,
    },
    "Route C",
  ],
  [
    "sort across models",
    { sort: { by: "price", partition: "none" } },
    "Route C",
    { models: ["routing/three", "routing/other"] },
    "routing/other",
  ],
];

for (const [name, provider, who, more = {}, model = "routing/three"] of cases) {
  for (const [how, ask, spelled] of [
    ["SDK", bySdk, provider],
    ["HTTP", byHttp, inSnake(provider)],
    ["HTTP, the SDK's spelling", byHttp, provider],
  ]) {
    test(`${name} (${how})`, async () => {
      const request = more.models ? more : { model: "routing/three", ...more };
      const answer = await ask({ ...request, provider: spelled });
      assert.equal(answer.provider, who);
      assert.equal(answer.model, model);
    });
  }
}

test("a dead provider is passed over, and the next answers", async () => {
  const answer = await bySdk({ model: "routing/broken", provider: { order: ["rx"] } });
  assert.deepEqual(answer.tried, ["Route X", "Route C"]);
});

test("without fallbacks its error is the answer", async () => {
  await assert.rejects(
    client.chat.send({
      chatRequest: { model: "routing/broken", messages, provider: { order: ["rx"], allowFallbacks: false } },
    }),
    (error) => error.statusCode === 503 || error.statusCode === 502,
  );
});

test("without fallbacks and without an order there is one attempt", async () => {
  const answer = await bySdk({ model: "routing/three", provider: { allowFallbacks: false, sort: "price" } });
  assert.deepEqual(answer.tried, ["Route A"]);
});

test("a suffix sorts as its field does", async () => {
  assert.equal((await bySdk({ model: "routing/three:floor" })).provider, "Route A");
  assert.equal((await bySdk({ model: "routing/three:nitro" })).provider, "Route B");
  assert.equal((await bySdk({ model: "routing/three:floor", provider: { sort: "throughput" } })).provider, "Route B");
});

test("a session stays where it is", async () => {
  const seen = new Set();
  for (let i = 0; i < 6; i++) {
    seen.add((await bySdk({ model: "routing/three", sessionId: "stay", provider: { ignore: ["rb"], sort: "price" } })).provider);
  }
  assert.deepEqual([...seen], ["Route A"]);
});

test("a price that nobody meets is no answer, and says why", async () => {
  await assert.rejects(
    client.chat.send({ chatRequest: { model: "routing/three", messages, provider: { maxPrice: { prompt: "0.5" } } } }),
    (error) => error.statusCode === 404,
  );
  const refused = await plain("/chat/completions", { model: "routing/three", provider: { max_price: { prompt: 0.5 } } });
  const body = await refused.json();
  assert.equal(refused.status, 404);
  assert.equal(body.error.availability.code, "constraint_filtered");
  assert.deepEqual(body.error.availability.excluded_by, ["max_price"]);
  assert.equal(body.openrouter_metadata.attempt, 0);
});

test("an explanation adds up, and is kept to", async () => {
  const request = { model: "routing/three", session_id: "explained" };
  const { data } = await (await plain("/routing/explain", request)).json();
  const sum = data.endpoints.reduce((all, one) => all + one.probability, 0);
  assert.ok(Math.abs(sum - 1) < 1e-9);
  const sorted = { model: "routing/three", provider: { sort: "latency" } };
  const told = await (await plain("/routing/explain", sorted)).json();
  const answer = await byHttp(sorted);
  assert.equal(answer.provider, told.data.attempts[0].provider);
});

test("a preset's settings are the request's", async () => {
  const saved = await plain("/presets/routed/chat/completions", {
    model: "routing/three",
    provider: { only: ["rc"] },
  });
  assert.equal(saved.status, 200);
  assert.equal((await bySdk({ model: "@preset/routed" })).provider, "Route C");
  assert.equal((await bySdk({ model: "routing/three@preset/routed" })).provider, "Route C");
  const over = await byHttp({ model: "routing/three", preset: "routed", provider: { only: ["ra"] } });
  assert.equal(over.provider, "Route A");
});
