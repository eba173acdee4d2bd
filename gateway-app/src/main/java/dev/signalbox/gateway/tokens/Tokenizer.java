package dev.signalbox.gateway.tokens;

import com.knuddels.jtokkit.Encodings;
import com.knuddels.jtokkit.api.Encoding;
import com.knuddels.jtokkit.api.EncodingType;
import java.util.Locale;

/// A way to cut text into tokens. Its vocabulary is loaded when it is first used, which takes a
/// second or two: never on an event loop.
public enum Tokenizer {
  O200K(EncodingType.O200K_BASE),
  CL100K(EncodingType.CL100K_BASE);

  private final EncodingType type;

  Tokenizer(EncodingType type) {
    this.type = type;
  }

  /*
   * Only OpenAI's vocabularies are at hand. Those of other makers are approximated by the one whose
   * size is nearest: Llama 3 and Qwen grew out of cl100k; DeepSeek's, Mistral's and Grok's have about
   * 130,000 entries, Claude's fewer; Gemini's and Gemma's have 256,000. docs/billing.md says so too.
   */
  /// @param name the model's `architecture.tokenizer`: an encoding's name or a family's
  /// @param model its slug, which tells old GPTs from new ones
  public static Tokenizer of(String name, String model) {
    String family = name.toLowerCase(Locale.ROOT);
    if (family.startsWith("o200k")) {
      return O200K;
    }
    if (family.startsWith("cl100k")) {
      return CL100K;
    }
    return switch (family) {
      case "gpt" -> isOldGpt(model.toLowerCase(Locale.ROOT)) ? CL100K : O200K;
      case "claude", "llama3", "llama2", "qwen", "qwen3", "deepseek", "mistral", "grok" -> CL100K;
      default -> O200K;
    };
  }

  private static boolean isOldGpt(String model) {
    return model.contains("gpt-3.5")
        || model.endsWith("/gpt-4")
        || model.contains("gpt-4-")
        || model.contains("text-embedding-");
  }

  public int count(String text) {
    return Vocabularies.of(type).countTokensOrdinary(text);
  }

  private static final class Vocabularies {
    private static final Encoding O200K =
        Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.O200K_BASE);

    private static Encoding of(EncodingType type) {
      return type == EncodingType.O200K_BASE ? O200K : Cl100k.ENCODING;
    }

    private static final class Cl100k {
      private static final Encoding ENCODING =
          Encodings.newLazyEncodingRegistry().getEncoding(EncodingType.CL100K_BASE);
    }
  }
}
