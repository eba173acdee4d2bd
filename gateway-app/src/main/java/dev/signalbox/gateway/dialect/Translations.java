package dev.signalbox.gateway.dialect;

import dev.signalbox.gateway.dialect.anthropic.AnthropicProvider;
import dev.signalbox.gateway.dialect.azure.AzurePassThrough;
import dev.signalbox.gateway.dialect.bedrock.BedrockMessagesPassThrough;
import dev.signalbox.gateway.dialect.bedrock.BedrockProvider;
import dev.signalbox.gateway.dialect.chat.ChatCaller;
import dev.signalbox.gateway.dialect.chat.ChatProvider;
import dev.signalbox.gateway.dialect.chat.PromptTranslation;
import dev.signalbox.gateway.dialect.cohere.CohereProvider;
import dev.signalbox.gateway.dialect.conversion.CallerHalf;
import dev.signalbox.gateway.dialect.conversion.Conversion;
import dev.signalbox.gateway.dialect.conversion.ProviderHalf;
import dev.signalbox.gateway.dialect.embeddings.EmbeddingsConversion;
import dev.signalbox.gateway.dialect.gemini.GeminiProvider;
import dev.signalbox.gateway.dialect.messages.ForwardingBetas;
import dev.signalbox.gateway.dialect.messages.MessagesCaller;
import dev.signalbox.gateway.dialect.messages.MessagesGlance;
import dev.signalbox.gateway.dialect.messages.MessagesPassThrough;
import dev.signalbox.gateway.dialect.openai.OpenAiCaller;
import dev.signalbox.gateway.dialect.openai.OpenAiPassThrough;
import dev.signalbox.gateway.dialect.responses.ResponsesCaller;
import dev.signalbox.gateway.dialect.responses.ResponsesGlance;
import dev.signalbox.gateway.dialect.responses.ResponsesPassThrough;
import dev.signalbox.gateway.dialect.responses.ResponsesProvider;
import dev.signalbox.gateway.dialect.vertex.VertexMessages;
import dev.signalbox.gateway.dialect.vertex.VertexProvider;

/// Which surfaces can be served, and how each reaches each dialect.
public final class Translations {
  private static final String AZURE_PREFIX = "/openai/v1";

  private final CallerDialect openAiCaller = new OpenAiCaller();
  private final CallerDialect messagesCaller = new MessagesGlance();
  private final CallerDialect responsesCaller = new ResponsesGlance();
  private final Translation openAiPassThrough = new OpenAiPassThrough();
  private final Translation openAi =
      new PromptTranslation(
          openAiPassThrough, new Conversion(new ChatCaller(true), new ChatProvider()));
  private final Translation azure = new AzurePassThrough(openAi);
  private final Translation messagesPassThrough = new MessagesPassThrough();

  /// Returns who reads a surface's requests.
  public CallerDialect caller(Surface surface) {
    return switch (surface) {
      case CHAT_COMPLETIONS, COMPLETIONS, EMBEDDINGS -> openAiCaller;
      case MESSAGES -> messagesCaller;
      case RESPONSES -> responsesCaller;
    };
  }

  /// Returns how a surface's requests go to a dialect.
  public Translation between(Surface surface, Dialect dialect) {
    return switch (surface) {
      case CHAT_COMPLETIONS -> chat(new ChatCaller(false), dialect);
      case COMPLETIONS ->
          dialect == Dialect.MISTRAL
              ? converted(new ChatCaller(true), dialect)
              : chat(new ChatCaller(true), dialect);
      case EMBEDDINGS -> embeddings(dialect);
      case MESSAGES -> messages(dialect);
      case RESPONSES -> responses(dialect);
    };
  }

  private Translation chat(CallerHalf caller, Dialect dialect) {
    return switch (dialect) {
      case OPENAI, SANDBOX, MISTRAL -> openAi;
      case AZURE_OPENAI -> azure;
      default -> converted(caller, dialect);
    };
  }

  private Translation embeddings(Dialect dialect) {
    return switch (dialect) {
      case OPENAI, SANDBOX, MISTRAL -> openAiPassThrough;
      case AZURE_OPENAI -> new AzurePassThrough(openAiPassThrough);
      case GEMINI, VERTEX, COHERE, BEDROCK -> EmbeddingsConversion.to(dialect);
      default -> new NoEmbeddings(dialect);
    };
  }

  private Translation messages(Dialect dialect) {
    return switch (dialect) {
      case ANTHROPIC -> messagesPassThrough;
      case VERTEX -> new VertexMessages(converted(new MessagesCaller(), dialect));
      case BEDROCK -> new BedrockMessagesPassThrough(converted(new MessagesCaller(), dialect));
      default -> converted(new MessagesCaller(), dialect);
    };
  }

  private static Translation responses(Dialect dialect) {
    return switch (dialect) {
      case OPENAI_RESPONSES -> new ResponsesPassThrough("");
      case AZURE_RESPONSES -> new ResponsesPassThrough(AZURE_PREFIX);
      default -> converted(new ResponsesCaller(), dialect);
    };
  }

  private static Translation converted(CallerHalf caller, Dialect dialect) {
    var conversion = new Conversion(caller, provider(dialect));
    return switch (dialect) {
      case AZURE_OPENAI -> new AzurePassThrough(conversion);
      case ANTHROPIC -> new ForwardingBetas(conversion, _ -> true);
      case VERTEX -> new ForwardingBetas(conversion, VertexProvider::isClaude);
      default -> conversion;
    };
  }

  private static ProviderHalf provider(Dialect dialect) {
    return switch (dialect) {
      case OPENAI, SANDBOX, MISTRAL, AZURE_OPENAI -> new ChatProvider();
      case ANTHROPIC -> new AnthropicProvider();
      case GEMINI -> new GeminiProvider();
      case COHERE -> new CohereProvider();
      case VERTEX -> new VertexProvider();
      case BEDROCK -> new BedrockProvider();
      case OPENAI_RESPONSES -> new ResponsesProvider("");
      case AZURE_RESPONSES -> new ResponsesProvider(AZURE_PREFIX);
    };
  }
}
