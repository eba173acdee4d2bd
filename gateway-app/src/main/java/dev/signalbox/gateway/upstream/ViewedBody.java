package dev.signalbox.gateway.upstream;

import dev.signalbox.gateway.wire.Document;
import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.nio.ByteBuffer;

/// A request's body, made of views of a document that is let go once nothing of it is to be sent
/// any more.
final class ViewedBody extends CompositeByteBuf {
  private final Document viewed;

  /// @param viewed held already
  ViewedBody(ByteBuffer[] pieces, Document viewed) {
    super(UnpooledByteBufAllocator.DEFAULT, false, pieces.length);
    this.viewed = viewed;
    for (ByteBuffer piece : pieces) {
      addComponent(true, Unpooled.wrappedBuffer(piece));
    }
  }

  @Override
  protected void deallocate() {
    super.deallocate();
    viewed.letGo();
  }
}
