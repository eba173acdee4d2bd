package dev.signalbox.catalog;

import java.util.Optional;
import java.util.Set;

/// What goes into a model and what comes out.
///
/// @param inputModalities of `text image file audio video`
/// @param outputModalities of `text image embeddings audio transcription`
public record Architecture(
    Set<String> inputModalities,
    Set<String> outputModalities,
    String tokenizer,
    Optional<String> instructType) {
  public Architecture {
    inputModalities = Set.copyOf(inputModalities);
    outputModalities = Set.copyOf(outputModalities);
  }
}
