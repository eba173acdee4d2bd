/// Amazon Bedrock's Converse.
@NullMarked
package dev.signalbox.gateway.dialect.bedrock;

import org.jspecify.annotations.NullMarked;
