import assert from "node:assert/strict";
import { test } from "node:test";
import { OpenRouter } from "@openrouter/sdk";
import * as errors from "@openrouter/sdk/models/errors";
import { dialects, embedding, greeting, modelOf, weather } from "./dialects.js";

const client = new OpenRouter({
  apiKey: process.env.SIGNALBOX_KEY,
  serverURL: `${process.env.SIGNALBOX_URL}/api/v1`,
  retryConfig: { strategy: "none" },
});
const model = "signalbox/sandbox";
const messages = [{ role: "user", content: "hello" }];

function told(kind, code) {
  return (error) => {
    assert.ok(error instanceof kind, `${error.name}: ${error.message}`);
    assert.equal(error.statusCode, code);
    assert.equal(error.error.code, code);
    return true;
  };
}

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

test("has a model chosen among those that it allows", async () => {
  const plugins = [{ id: "auto-router", allowedModels: ["signalbox/*"] }];
  const answer = await client.chat.send({ chatRequest: { model: "openrouter/auto", messages, plugins } });
  assert.equal(answer.model, model);
  await assert.rejects(
    client.chat.send({
      chatRequest: { model: "openrouter/auto", messages, plugins: [{ id: "auto-router", allowedModels: ["no/*"] }] },
    }),
    told(errors.NotFoundResponseError, 404),
  );
});

test("tells errors by their class", async () => {
  await assert.rejects(client.chat.send({ chatRequest: { model: "no/such", messages } }), told(errors.BadRequestResponseError, 400));
  const stranger = new OpenRouter({
    apiKey: "sk-or-v1-nobody",
    serverURL: `${process.env.SIGNALBOX_URL}/api/v1`,
    retryConfig: { strategy: "none" },
  });
  await assert.rejects(stranger.chat.send({ chatRequest: { model, messages } }), told(errors.UnauthorizedResponseError, 401));
  await assert.rejects(
    client.chat.send({ chatRequest: { model, messages: [{ role: "user", content: "[[sandbox: status=503]]" }] } }),
    told(errors.ServiceUnavailableResponseError, 503),
  );
  const only = { only: ["nobody"] };
  await assert.rejects(client.chat.send({ chatRequest: { model, messages, provider: only } }), told(errors.NotFoundResponseError, 404));
  for (const [asked, kind, code] of [
    [() => client.responses.send({ responsesRequest: { model: "no/such", input: "x" } }), errors.BadRequestResponseError, 400],
    [() => client.responses.send({ responsesRequest: { model, input: "x", provider: only } }), errors.NotFoundResponseError, 404],
    [() => stranger.responses.send({ responsesRequest: { model, input: "x" } }), errors.UnauthorizedResponseError, 401],
    [
      () => client.responses.send({ responsesRequest: { model, input: "[[sandbox: status=503]]" } }),
      errors.ServiceUnavailableResponseError,
      503,
    ],
    [
      () => client.embeddings.generate({ requestBody: { model: "no/such", input: "x" } }),
      errors.BadRequestResponseError,
      400,
    ],
  ]) {
    await assert.rejects(asked(), told(kind, code));
  }
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

  test(`a loop of tools, to ${dialect}`, async () => {
    const tools = [{ type: "function", function: { name: "weather", description: "Tells it", parameters: weather } }];
    const question = [{ role: "user", content: "weather" }];
    const asked = await client.chat.send({ chatRequest: { model, messages: question, tools } });
    const [call] = asked.choices[0].message.toolCalls;
    assert.equal(asked.choices[0].finishReason, "tool_calls");
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo" });
    const loop = [...question, asked.choices[0].message, { role: "tool", toolCallId: call.id, content: "rain" }];
    const told = await client.chat.send({ chatRequest: { model, messages: loop, tools } });
    assert.equal(told.choices[0].message.content, "It rains in Oslo.");
  });
}

for (const dialect of embedding) {
  test(`embeds, by ${dialect}`, async () => {
    const answer = await client.embeddings.generate({ requestBody: { model: `vectors/${dialect}`, input: ["a", "b"] } });
    assert.equal(answer.data.length, 2);
    assert.equal(typeof answer.data[1].embedding[0], "number");
  });
}

test("embeds", async () => {
  const answer = await client.embeddings.generate({ requestBody: { model: "signalbox/embedding", input: ["a", "b"] } });
  assert.equal(answer.data.length, 2);
});
