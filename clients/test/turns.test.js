// Conversations of several turns with models that think and call tools: what was thought goes back to
// the provider as it came. The upstream that speaks Anthropic's dialect refuses a turn of tool results
// unless the thought before it comes back with its signature, as Anthropic does.
import assert from "node:assert/strict";
import { test } from "node:test";
import Anthropic from "@anthropic-ai/sdk";
import { createOpenRouter } from "@openrouter/ai-sdk-provider";
import { OpenRouter } from "@openrouter/sdk";
import { generateText, stepCountIs, streamText, tool } from "ai";
import OpenAI from "openai";
import { z } from "zod";
import { greeting, modelOf, thinking, weather } from "./dialects.js";

const base = process.env.SIGNALBOX_URL;
const apiKey = process.env.SIGNALBOX_KEY;
const openai = new OpenAI({ baseURL: `${base}/api/v1`, apiKey, maxRetries: 0 });
const anthropic = new Anthropic({ baseURL: `${base}/api`, apiKey, maxRetries: 0 });
const openrouter = new OpenRouter({ serverURL: `${base}/api/v1`, apiKey, retryConfig: { strategy: "none" } });
const provider = createOpenRouter({ baseURL: `${base}/api/v1`, apiKey });

const question = { role: "user", content: "ponder" };
const next = { role: "user", content: "hello" };
const conclusion = "I thought, and it rains in Oslo.";
const functions = [{ type: "function", function: { name: "weather", description: "Tells it", parameters: weather } }];

for (const dialect of thinking) {
  const model = modelOf(dialect);

  test(`openai: thoughts, tools and three turns, with ${dialect}`, async () => {
    const request = { model, tools: functions, reasoning: { effort: "high" } };
    const asked = (await openai.chat.completions.create({ ...request, messages: [question] })).choices[0].message;
    assert.equal(asked.reasoning, "Which city?");
    if (asked.reasoning_details) {
      assert.equal(asked.reasoning_details.map((one) => one.text ?? one.summary ?? "").join(""), "Which city?");
    }
    const loop = [question, asked, { role: "tool", tool_call_id: asked.tool_calls[0].id, content: "rain" }];
    const told = (await openai.chat.completions.create({ ...request, messages: loop })).choices[0].message;
    assert.equal(told.content, conclusion);
    const last = await openai.chat.completions.create({ ...request, messages: [...loop, told, next] });
    assert.equal(last.choices[0].message.content, greeting);
  });

  test(`openai responses: thoughts, tools and three turns, with ${dialect}`, async () => {
    const tools = [{ type: "function", name: "weather", description: "Tells it", parameters: weather, strict: true }];
    const request = { model, tools, reasoning: { effort: "high" }, include: ["reasoning.encrypted_content"] };
    const asked = await openai.responses.stream({ ...request, input: [question] }).finalResponse();
    const call = asked.output.find((item) => item.type === "function_call");
    assert.ok(asked.output.some((item) => item.type === "reasoning"));
    const loop = [question, ...asked.output, { type: "function_call_output", call_id: call.call_id, output: "rain" }];
    const told = await openai.responses.create({ ...request, input: loop });
    assert.equal(told.output_text, conclusion);
    const last = await openai.responses.create({ ...request, input: [...loop, ...told.output, next] });
    assert.equal(last.output_text, greeting);
  });

  test(`anthropic: thoughts, tools and three turns, with ${dialect}`, async () => {
    const tools = [{ name: "weather", description: "Tells it", input_schema: weather }];
    const request = { model, tools, max_tokens: 4096, thinking: { type: "enabled", budget_tokens: 2000 } };
    const asked = await anthropic.messages.stream({ ...request, messages: [question] }).finalMessage();
    assert.equal(asked.content[0].type, "thinking");
    assert.equal(asked.content[0].thinking, "Which city?");
    const call = asked.content.find((block) => block.type === "tool_use");
    const loop = [
      question,
      { role: "assistant", content: asked.content },
      { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }] },
    ];
    const told = await anthropic.messages.create({ ...request, messages: loop });
    assert.equal(told.content.at(-1).text, conclusion);
    const last = await anthropic.messages.create({
      ...request,
      messages: [...loop, { role: "assistant", content: told.content }, next],
    });
    assert.equal(last.content.at(-1).text, greeting);
  });

  test(`ai: thoughts, tools and several steps, with ${dialect}`, async () => {
    const settings = {
      model: provider.chat(model, { reasoning: { effort: "high" } }),
      tools: {
        weather: tool({
          description: "Tells it",
          inputSchema: z.object({ city: z.string() }),
          execute: async ({ city }) => `rain in ${city}`,
        }),
      },
      stopWhen: stepCountIs(3),
      maxRetries: 0,
    };
    const whole = await generateText({ ...settings, prompt: "ponder" });
    assert.equal(whole.steps[0].reasoningText, "Which city?");
    assert.equal(whole.text, conclusion);
    const streamed = streamText({ ...settings, prompt: "ponder" });
    assert.equal(await streamed.text, conclusion);
    assert.equal((await streamed.steps)[0].reasoningText, "Which city?");
  });

  test(`@openrouter/sdk: thoughts, tools and three turns, with ${dialect}`, async () => {
    const request = { model, tools: functions, reasoning: { effort: "high" } };
    const asked = (await openrouter.chat.send({ chatRequest: { ...request, messages: [question] } })).choices[0].message;
    assert.equal(asked.reasoning, "Which city?");
    const loop = [question, asked, { role: "tool", toolCallId: asked.toolCalls[0].id, content: "rain" }];
    const told = (await openrouter.chat.send({ chatRequest: { ...request, messages: loop } })).choices[0].message;
    assert.equal(told.content, conclusion);
    const last = await openrouter.chat.send({ chatRequest: { ...request, messages: [...loop, told, next] } });
    assert.equal(last.choices[0].message.content, greeting);
  });
}

test("the upstream refuses thoughts that come back without their signature", async () => {
  const tools = [{ name: "weather", description: "Tells it", input_schema: weather }];
  const thinks = { type: "enabled", budget_tokens: 2000 };
  const request = { model: modelOf("anthropic"), tools, max_tokens: 4096, thinking: thinks };
  const asked = await anthropic.messages.create({ ...request, messages: [question] });
  const call = asked.content.find((block) => block.type === "tool_use");
  const thoughtless = [
    question,
    { role: "assistant", content: [call] },
    { role: "user", content: [{ type: "tool_result", tool_use_id: call.id, content: "rain" }] },
  ];
  await assert.rejects(
    anthropic.messages.create({ ...request, messages: thoughtless }),
    (error) => error instanceof Anthropic.BadRequestError,
  );
});
