/// Models of servers that are not ours, one for each dialect a provider may speak.
export const dialects = ["openai", "responses", "azure", "mistral", "anthropic", "gemini", "cohere", "bedrock", "vertex", "compatible"];

/// Those whose server tells what the model thought.
export const thinking = ["openai", "responses", "anthropic", "gemini", "bedrock", "vertex", "compatible"];

/// Those that have an API for embeddings.
export const embedding = ["openai", "azure", "mistral", "compatible"];

export const modelOf = (dialect) => `other/${dialect}`;

export const greeting = "Hello from a server that Signalbox did not write.";

export const weather = {
  type: "object",
  properties: { city: { type: "string" } },
  required: ["city"],
  additionalProperties: false,
};
