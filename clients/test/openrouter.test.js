import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenRouter } from "@openrouter/sdk";

const client = new OpenRouter({
  apiKey: process.env.SIGNALBOX_KEY,
  serverURL: `${process.env.SIGNALBOX_URL}/api/v1`,
  retryConfig: { strategy: "none" },
});
const model = "signalbox/sandbox";
const messages = [{ role: "user", content: "hello" }];

test("lists models", async () => {
  const list = await client.models.list();
  const ids = (list.data ?? list.result?.data ?? []).map((one) => one.id);
  assert.ok(ids.includes(model));
});

test("answers a chat", async () => {
  const answer = await client.chat.send({ chatRequest: { model, messages } });
  assert.match(answer.id, /^gen-/);
  assert.equal(answer.model, model);
  assert.match(answer.choices[0].message.content, /^Sandbox: /);
  assert.equal(answer.usage.totalTokens, answer.usage.promptTokens + answer.usage.completionTokens);
});

test("streams a chat", async () => {
  const stream = await client.chat.send({ chatRequest: { model, messages, stream: true } });
  let text = "";
  let usage;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta?.content ?? "";
    usage = chunk.usage ?? usage;
  }
  assert.match(text, /^Sandbox: /);
  assert.ok(usage.totalTokens > 0);
});

test("obeys provider preferences in the SDK's spelling", async () => {
  const answer = await client.chat.send({
    chatRequest: { model, messages, provider: { only: ["sandbox-fast"], allowFallbacks: false, maxPrice: { prompt: "3" } } },
  });
  assert.equal(answer.usage.costDetails.upstreamInferencePromptCost, 0.000003);
});

test("tells errors by their class", async () => {
  await assert.rejects(
    client.chat.send({ chatRequest: { model: "no/such", messages } }),
    (error) => error.statusCode === 400,
  );
  const stranger = new OpenRouter({
    apiKey: "sk-or-v1-nobody",
    serverURL: `${process.env.SIGNALBOX_URL}/api/v1`,
    retryConfig: { strategy: "none" },
  });
  await assert.rejects(
    stranger.chat.send({ chatRequest: { model, messages } }),
    (error) => error.statusCode === 401,
  );
  await assert.rejects(
    client.chat.send({ chatRequest: { model, messages: [{ role: "user", content: "[[sandbox: status=503]]" }] } }),
    (error) => error.statusCode === 503,
  );
});
