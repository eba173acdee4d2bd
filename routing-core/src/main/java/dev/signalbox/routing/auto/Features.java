package dev.signalbox.routing.auto;

/// What the classifier looks at.
///
/// @param text of the last message that the caller wrote: a bounded part of it, or empty
/// @param media images, audio or video are among the messages
/// @param tools may be called
/// @param structured the answer has to be JSON
/// @param reasoning was asked for
public record Features(
    String text, boolean media, boolean tools, boolean structured, boolean reasoning) {}
