import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";

const baseURL = `${process.env.SIGNALBOX_URL}/api/v1`;
const client = new OpenAI({ baseURL, apiKey: process.env.SIGNALBOX_KEY, maxRetries: 0 });
const messages = [{ role: "user", content: "hello" }];
const model = "signalbox/sandbox";

test("lists models", async () => {
  const ids = [];
  for await (const one of client.models.list()) ids.push(one.id);
  assert.ok(ids.includes(model));
  assert.ok(!ids.includes("signalbox/embedding"));
});

test("retrieves a model", async () => {
  const one = await client.models.retrieve(model);
  assert.deepEqual([one.id, one.object, one.owned_by], [model, "model", "signalbox"]);
  assert.ok(Number.isInteger(one.created));
  await assert.rejects(client.models.retrieve("signalbox/nothing"), { status: 404 });
});

test("answers a chat", async () => {
  const answer = await client.chat.completions.create({ model, messages });
  assert.match(answer.id, /^gen-/);
  assert.equal(answer.model, model);
  assert.equal(answer.choices[0].finish_reason, "stop");
  assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
  assert.ok(answer.usage.cost > 0);
});

test("streams a chat, with usage once at the end", async () => {
  const stream = await client.chat.completions.create({ model, messages, stream: true });
  let text = "";
  const usages = [];
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    if (chunk.usage) usages.push(chunk.usage);
  }
  assert.match(text, /^Sandbox: /);
  assert.equal(usages.length, 1);
});

test("calls a tool and takes its result", async () => {
  const tools = [
    {
      type: "function",
      function: {
        name: "weather",
        parameters: { type: "object", properties: { city: { type: "string" } } },
      },
    },
  ];
  const asked = await client.chat.completions.create({ model, messages, tools });
  assert.equal(asked.choices[0].finish_reason, "tool_calls");
  const call = asked.choices[0].message.tool_calls[0];
  assert.equal(typeof JSON.parse(call.function.arguments).city, "string");
  const told = await client.chat.completions.create({
    model,
    tools,
    messages: [...messages, asked.choices[0].message, { role: "tool", tool_call_id: call.id, content: "rain" }],
  });
  assert.equal(told.choices[0].finish_reason, "stop");
});

test("stops a stream when the caller has had enough", async () => {
  const stream = await client.chat.completions.create({
    model,
    stream: true,
    messages: [{ role: "user", content: "[[sandbox: tokens=5000]]" }],
  });
  let chunks = 0;
  for await (const _ of stream) {
    if (++chunks === 3) stream.controller.abort();
  }
  assert.ok(chunks < 100);
});

test("embeds", async () => {
  const answer = await client.embeddings.create({ model: "signalbox/embedding", input: ["a", "b"] });
  assert.equal(answer.data.length, 2);
  assert.equal(answer.data[0].embedding.length, 16);
});

const refused = (promise, status) =>
  assert.rejects(promise, (error) => {
    assert.equal(error.status, status);
    assert.equal(error.code, status);
    return true;
  });

test("tells each class of error", async () => {
  const stranger = new OpenAI({ baseURL, apiKey: "sk-or-v1-nobody", maxRetries: 0 });
  await refused(stranger.chat.completions.create({ model, messages }), 401);
  await refused(client.chat.completions.create({ model: "no/such", messages }), 400);
  await refused(client.chat.completions.create({ model, messages: [] }), 400);
  await refused(client.chat.completions.create({ model, messages, provider: { only: ["nobody"] } }), 404);
  await refused(
    client.chat.completions.create({ model, messages: [{ role: "user", content: "[[sandbox: status=429]]" }] }),
    429,
  );
});

test("a key that is spent is refused", async () => {
  const made = await fetch(`${baseURL}/keys`, {
    method: "POST",
    headers: { authorization: `Bearer ${process.env.SIGNALBOX_ADMIN_KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ name: "poor", limit: 0.000001 }),
  });
  const { key } = await made.json();
  const poor = new OpenAI({ baseURL, apiKey: key, maxRetries: 0 });
  await refused(poor.chat.completions.create({ model, messages, max_tokens: 1000 }), 402);
});

test("reaches a server that is not ours", async () => {
  const answer = await client.chat.completions.create({ model: "other/server", messages });
  assert.match(answer.choices[0].message.content, /did not write/);
  const stream = await client.chat.completions.create({ model: "other/server", messages, stream: true });
  let text = "";
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.match(text, /did not write/);
  assert.ok(usage.completion_tokens > 0);
});
