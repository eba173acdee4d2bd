import assert from "node:assert/strict";
import { test } from "node:test";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { dialects, greeting, modelOf, thinking } from "./dialects.js";

const signalbox = createOpenRouter({
  apiKey: process.env.SIGNALBOX_KEY,
  baseURL: `${process.env.SIGNALBOX_URL}/api/v1`,
});
const weather = tool({
  description: "Tells it",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `rain in ${city}`,
});

for (const dialect of dialects) {
  const model = signalbox.chat(modelOf(dialect));

  test(`generateText and streamText, to ${dialect}`, async () => {
    const answer = await generateText({ model, prompt: "hello", maxRetries: 0 });
    assert.equal(answer.text, greeting);
    assert.equal(answer.finishReason, "stop");
    assert.ok(answer.usage.outputTokens > 0);
    assert.ok(answer.providerMetadata.openrouter.usage.cost > 0);

    const stream = streamText({ model, prompt: "hello", maxRetries: 0 });
    let text = "";
    for await (const piece of stream.textStream) text += piece;
    assert.equal(text, greeting);
    assert.ok((await stream.usage).outputTokens > 0);
  });

  test(`a loop of tools, to ${dialect}`, async () => {
    for (const run of [
      () => generateText({ model, prompt: "weather", tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 }),
      async () => {
        const stream = streamText({ model, prompt: "weather", tools: { weather }, stopWhen: stepCountIs(3), maxRetries: 0 });
        return { text: await stream.text, steps: await stream.steps };
      },
    ]) {
      const { text, steps } = await run();
      assert.equal(steps[0].toolCalls[0].toolName, "weather");
      assert.deepEqual(steps[0].toolCalls[0].input, { city: "Oslo" });
      assert.equal(text, "It rains in Oslo.");
    }
  });
}

for (const dialect of thinking) {
  test(`reasoning, from ${dialect}`, async () => {
    const model = signalbox.chat(modelOf(dialect), { reasoning: { effort: "high" } });
    const answer = await generateText({ model, prompt: "think", maxRetries: 0 });
    assert.equal(answer.reasoningText, "Six times seven.");
    assert.equal(answer.text, "42");
    const stream = streamText({ model, prompt: "think", maxRetries: 0 });
    assert.equal(await stream.reasoningText, "Six times seven.");
    assert.equal(await stream.text, "42");
  });
}
