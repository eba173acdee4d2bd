import assert from "node:assert/strict";
import { test } from "node:test";
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { generateText, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { dialects, greeting, modelOf, thinking } from "./dialects.js";

const settings = {
  apiKey: process.env.SIGNALBOX_KEY,
  baseURL: `${process.env.SIGNALBOX_URL}/api/v1`,
};
const signalbox = createOpenRouter(settings);
const openai = createOpenAI(settings);
const surfaces = {
  chat: (model) => signalbox.chat(model),
  "chat as OpenAI's": (model) => openai.chat(model),
  responses: (model) => openai.responses(model),
  messages: createAnthropic(settings),
};
const weather = tool({
  description: "Tells it",
  inputSchema: z.object({ city: z.string() }),
  execute: async ({ city }) => `rain in ${city}`,
});

for (const dialect of dialects) {
  for (const [surface, named] of Object.entries(surfaces)) {
    const model = named(modelOf(dialect));

    test(`generateText and streamText, by ${surface} to ${dialect}`, async () => {
      const answer = await generateText({ model, prompt: "hello", maxRetries: 0 });
      assert.equal(answer.text, greeting);
      assert.equal(answer.finishReason, "stop");
      assert.ok(answer.usage.outputTokens > 0);
      if (surface === "chat") assert.ok(answer.providerMetadata.openrouter.usage.cost > 0);

      const stream = streamText({ model, prompt: "hello", maxRetries: 0 });
      let text = "";
      for await (const piece of stream.textStream) text += piece;
      assert.equal(text, greeting);
      // The pretended server's own Bedrock streams report none in this format.
      if (`${surface} ${dialect}` !== "messages bedrock") assert.ok((await stream.usage).outputTokens > 0);
    });

    test(`a loop of tools, by ${surface} to ${dialect}`, async () => {
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
