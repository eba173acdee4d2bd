import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { dialects, greeting, modelOf, thinking, weather } from "./dialects.js";

const client = new Anthropic({
  baseURL: `${process.env.SIGNALBOX_URL}/api`,
  apiKey: process.env.SIGNALBOX_KEY,
  maxRetries: 0,
});
const say = (content) => [{ role: "user", content }];
const tools = [{ name: "weather", description: "Tells it", input_schema: weather }];

test("retrieves a model", async () => {
  const model = await client.models.retrieve("signalbox/sandbox");
  assert.deepEqual([model.id, model.type], ["signalbox/sandbox", "model"]);
  assert.ok(model.display_name);
  assert.ok(Number.isInteger(Date.parse(model.created_at)));
  await assert.rejects(client.models.retrieve("signalbox/nothing"), { status: 404 });
});

for (const dialect of dialects) {
  const request = { model: modelOf(dialect), max_tokens: 4096 };

  test(`anthropic messages, plain and streamed, to ${dialect}`, async () => {
    const answer = await client.messages.create({ ...request, messages: say("hello"), system: "Be kind." });
    assert.match(answer.id, /^gen-/);
    assert.equal(answer.type, "message");
    assert.equal(answer.content[0].text, greeting);
    assert.equal(answer.stop_reason, "end_turn");
    assert.equal(answer.model, request.model);
    assert.ok(answer.usage.input_tokens > 0);
    assert.ok(answer.usage.cost > 0);

    const stream = client.messages.stream({ ...request, messages: say("hello") });
    const types = [];
    for await (const event of stream) types.push(event.type);
    assert.equal(types[0], "message_start");
    assert.equal(types.at(-1), "message_stop");
    const whole = await stream.finalMessage();
    assert.equal(whole.content[0].text, greeting);
    // AIMock counts no tokens in the stream of an invoked model.
    assert.ok(whole.usage.output_tokens > 0 || dialect === "bedrock");
  });

  test(`anthropic messages, a tool loop, to ${dialect}`, async () => {
    const asked = await client.messages.stream({ ...request, tools, messages: say("weather") }).finalMessage();
    assert.equal(asked.stop_reason, "tool_use");
    const call = asked.content.find((block) => block.type === "tool_use");
    assert.equal(call.name, "weather");
    assert.deepEqual(call.input, { city: "Oslo" });
    const told = await client.messages.create({
      ...request,
      tools,
      messages: [
        ...say("weather"),
        { role: "assistant", content: asked.content },
        { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }] },
      ],
    });
    assert.equal(told.content.at(-1).text, "It rains in Oslo.");
  });

  test(`anthropic count tokens, for ${dialect}`, async () => {
    const counted = await client.messages.countTokens({ model: request.model, messages: say("hello") });
    assert.ok(counted.input_tokens > 0);
  });
}

for (const dialect of thinking) {
  test(`thinking blocks, from ${dialect}`, async () => {
    const request = {
      model: modelOf(dialect),
      max_tokens: 4096,
      thinking: { type: "enabled", budget_tokens: 2000 },
      messages: say("think"),
    };
    for (const answer of [
      await client.messages.create(request),
      await client.messages.stream(request).finalMessage(),
    ]) {
      assert.equal(answer.content[0].type, "thinking");
      assert.equal(answer.content[0].thinking, "Six times seven.");
      assert.equal(answer.content.at(-1).text, "42");
    }
  });
}

test("errors are of Anthropic's classes", async () => {
  const request = { model: modelOf("openai"), max_tokens: 10, messages: say("hello") };
  const stranger = new Anthropic({ baseURL: `${process.env.SIGNALBOX_URL}/api`, apiKey: "nobody", maxRetries: 0 });
  await assert.rejects(stranger.messages.create(request), (error) => {
    assert.ok(error instanceof Anthropic.AuthenticationError);
    assert.equal(error.error.error.type, "authentication_error");
    return true;
  });
  await assert.rejects(
    client.messages.create({ ...request, model: "no/such" }),
    (error) => error instanceof Anthropic.BadRequestError,
  );
  await assert.rejects(
    client.messages.create({ ...request, provider: { only: ["nobody"] } }),
    (error) => error instanceof Anthropic.NotFoundError,
  );
});

test("the host alone is a base URL too", async () => {
  const short = new Anthropic({ baseURL: process.env.SIGNALBOX_URL, apiKey: process.env.SIGNALBOX_KEY, maxRetries: 0 });
  const answer = await short.messages.create({ model: modelOf("anthropic"), max_tokens: 10, messages: say("hello") });
  assert.equal(answer.content[0].text, greeting);
});
