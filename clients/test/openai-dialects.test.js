import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { zodResponseFormat } from "openai/helpers/zod";
import { z } from "zod";
import { dialects, embedding, greeting, modelOf, thinking, weather } from "./dialects.js";

const client = new OpenAI({
  baseURL: `${process.env.SIGNALBOX_URL}/api/v1`,
  apiKey: process.env.SIGNALBOX_KEY,
  maxRetries: 0,
});
const say = (content) => [{ role: "user", content }];
const chatTools = [{ type: "function", function: { name: "weather", description: "Tells it", parameters: weather } }];
const tools = [{ type: "function", name: "weather", description: "Tells it", parameters: weather, strict: true }];

for (const dialect of dialects) {
  const model = modelOf(dialect);

  test(`openai chat, plain and streamed, to ${dialect}`, async () => {
    const answer = await client.chat.completions.create({ model, messages: say("hello") });
    assert.equal(answer.choices[0].message.content, greeting);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.model, model);
    assert.ok(answer.usage.cost > 0);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);

    const stream = client.chat.completions.stream({ model, messages: say("hello") });
    const whole = await stream.finalChatCompletion();
    assert.equal(whole.choices[0].message.content, greeting);
    assert.ok(whole.usage.completion_tokens > 0);
  });

  test(`openai chat, a tool loop, to ${dialect}`, async () => {
    const asked = await client.chat.completions
      .stream({ model, messages: say("weather"), tools: chatTools })
      .finalChatCompletion();
    const [call] = asked.choices[0].message.tool_calls;
    assert.equal(asked.choices[0].finish_reason, "tool_calls");
    assert.equal(call.function.name, "weather");
    assert.deepEqual(JSON.parse(call.function.arguments), { city: "Oslo" });
    const told = await client.chat.completions.create({
      model,
      tools: chatTools,
      messages: [
        ...say("weather"),
        asked.choices[0].message,
        { role: "tool", tool_call_id: call.id, content: "rain" },
      ],
    });
    assert.equal(told.choices[0].message.content, "It rains in Oslo.");
  });

  test(`openai's parse helper, to ${dialect}`, async () => {
    const parsed = await client.chat.completions.parse({
      model,
      messages: say("as json"),
      response_format: zodResponseFormat(z.object({ city: z.string(), degrees: z.number() }), "report"),
    });
    assert.deepEqual(parsed.choices[0].message.parsed, { city: "Oslo", degrees: 7 });
  });

  test(`openai responses, plain and streamed, to ${dialect}`, async () => {
    const answer = await client.responses.create({ model, input: "hello" });
    assert.equal(answer.output_text, greeting);
    assert.equal(answer.status, "completed");
    assert.equal(answer.model, model);
    assert.ok(answer.usage.cost > 0);

    const stream = client.responses.stream({ model, input: "hello" });
    const types = [];
    let last = -1;
    for await (const event of stream) {
      types.push(event.type);
      assert.ok(event.sequence_number > last);
      last = event.sequence_number;
    }
    assert.equal(types[0], "response.created");
    assert.equal(types.at(-1), "response.completed");
    assert.equal((await stream.finalResponse()).output_text, greeting);
  });

  test(`openai responses, a tool loop, to ${dialect}`, async () => {
    const asked = await client.responses.stream({ model, input: say("weather"), tools }).finalResponse();
    const call = asked.output.find((item) => item.type === "function_call");
    assert.equal(call.name, "weather");
    assert.deepEqual(JSON.parse(call.arguments), { city: "Oslo" });
    const told = await client.responses.create({
      model,
      tools,
      input: [
        ...say("weather"),
        ...asked.output,
        { type: "function_call_output", call_id: call.call_id, output: "rain" },
      ],
    });
    assert.equal(told.output_text, "It rains in Oslo.");
  });
}

for (const dialect of thinking) {
  test(`what a model thought, from ${dialect}`, async () => {
    const request = { model: modelOf(dialect), messages: say("think"), reasoning: { effort: "high" } };
    const answer = await client.chat.completions.create(request);
    assert.equal(answer.choices[0].message.reasoning, "Six times seven.");
    assert.equal(answer.choices[0].message.content, "42");
    let reasoning = "";
    for await (const chunk of await client.chat.completions.create({ ...request, stream: true })) {
      reasoning += chunk.choices[0]?.delta?.reasoning ?? "";
    }
    assert.equal(reasoning, "Six times seven.");
  });
}

for (const dialect of embedding) {
  test(`openai embeddings, by ${dialect}`, async () => {
    const answer = await client.embeddings.create({ model: `vectors/${dialect}`, input: ["a", "b"] });
    assert.deepEqual(answer.data.map((one) => one.index), [0, 1]);
    assert.ok(answer.data[0].embedding.length > 1);
    assert.equal(typeof answer.data[0].embedding[0], "number");
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens);
  });
}

test("errors of responses are of openai's classes", async () => {
  const request = { model: modelOf("openai"), input: "hello" };
  const stranger = new OpenAI({ baseURL: client.baseURL, apiKey: "sk-or-v1-nobody", maxRetries: 0 });
  for (const [asked, kind, code, type] of [
    [() => stranger.responses.create(request), OpenAI.AuthenticationError, 401, "server_error"],
    [() => client.responses.create({ ...request, model: "no/such" }), OpenAI.BadRequestError, 400, "invalid_prompt"],
    [() => client.responses.create({ ...request, provider: { only: ["nobody"] } }), OpenAI.NotFoundError, 404, "server_error"],
    [() => client.responses.create({ ...request, stream: true, input: [] }), OpenAI.BadRequestError, 400, "invalid_prompt"],
  ]) {
    await assert.rejects(asked(), (error) => {
      assert.ok(error instanceof kind, String(error));
      assert.equal(error.code, code);
      assert.equal(error.type, type);
      return true;
    });
  }
});

test("responses without a memory", async () => {
  for (const wish of [{ store: true }, { previous_response_id: "resp_1" }]) {
    await assert.rejects(client.responses.create({ model: modelOf("openai"), input: "hello", ...wish }), (error) => {
      assert.ok(error instanceof OpenAI.BadRequestError);
      assert.equal(error.status, 400);
      assert.equal(error.code, 400);
      assert.equal(error.type, "invalid_prompt");
      return true;
    });
  }
});

test("legacy completions", async () => {
  const answer = await client.completions.create({ model: modelOf("anthropic"), prompt: "hello" });
  assert.equal(answer.object, "text_completion");
  assert.equal(answer.choices[0].text, greeting);
  let text = "";
  for await (const chunk of await client.completions.create({ model: modelOf("gemini"), prompt: "hello", stream: true })) {
    text += chunk.choices[0]?.text ?? "";
  }
  assert.equal(text, greeting);
});
