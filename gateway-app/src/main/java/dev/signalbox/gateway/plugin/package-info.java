/// Plugins that need no third party: what requests ask for beside a model's answer.
@NullMarked
package dev.signalbox.gateway.plugin;

import org.jspecify.annotations.NullMarked;
