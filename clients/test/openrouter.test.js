import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenRouter } from "@openrouter/sdk";
import { dialects, greeting, modelOf } from "./dialects.js";

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

for (const dialect of dialects) {
  const model = modelOf(dialect);

  test(`chat, plain and streamed, to ${dialect}`, async () => {
    const answer = await client.chat.send({ chatRequest: { model, messages } });
    assert.equal(answer.choices[0].message.content, greeting);
    let text = "";
    for await (const chunk of await client.chat.send({ chatRequest: { model, messages, stream: true } })) {
      text += chunk.choices[0]?.delta?.content ?? "";
    }
    assert.equal(text, greeting);
  });

  test(`responses, plain and streamed, to ${dialect}`, async () => {
    const answer = await client.responses.send({ responsesRequest: { model, input: "hello" } });
    assert.equal(answer.output[0].content[0].text, greeting);
    const types = [];
    for await (const event of await client.responses.send({ responsesRequest: { model, input: "hello", stream: true } })) {
      types.push(event.type);
    }
    assert.equal(types[0], "response.created");
    assert.equal(types.at(-1), "response.completed");
  });
}

test("embeds", async () => {
  const answer = await client.embeddings.generate({ requestBody: { model: "signalbox/embedding", input: ["a", "b"] } });
  assert.equal(answer.data.length, 2);
});
