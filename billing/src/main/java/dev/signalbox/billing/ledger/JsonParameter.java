package dev.signalbox.billing.ledger;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.r2dbc.postgresql.api.PostgresqlConnection;
import io.r2dbc.postgresql.client.EncodedParameter;
import io.r2dbc.postgresql.codec.Codec;
import io.r2dbc.postgresql.codec.CodecRegistry;
import io.r2dbc.postgresql.codec.PostgresqlObjectId;
import io.r2dbc.postgresql.extension.CodecRegistrar;
import io.r2dbc.postgresql.message.Format;
import org.jspecify.annotations.Nullable;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/// A parameter of type `json`, sent as it is. The driver's own is `jsonb`, which costs PostgreSQL
/// more to make than all the rest of a batch, and a `String` is encoded one character at a time.
///
/// @param utf8 never changed
record JsonParameter(byte[] utf8) {
  /// Makes it known to the driver, which finds this class by its name in `META-INF/services`.
  public static final class Registrar implements CodecRegistrar {
    @Override
    public Publisher<Void> register(
        PostgresqlConnection connection, ByteBufAllocator allocator, CodecRegistry registry) {
      registry.addLast(new Encoder());
      return Mono.empty();
    }
  }

  private static final class Encoder implements Codec<JsonParameter> {
    private static final int JSON = PostgresqlObjectId.JSON.getObjectId();

    @Override
    public boolean canEncode(@Nullable Object value) {
      return value instanceof JsonParameter;
    }

    @Override
    public EncodedParameter encode(Object value) {
      return encode(value, JSON);
    }

    @Override
    public EncodedParameter encode(Object value, int type) {
      byte[] utf8 = ((JsonParameter) value).utf8();
      return new EncodedParameter(
          Format.FORMAT_TEXT, type, Mono.fromSupplier(() -> Unpooled.wrappedBuffer(utf8)));
    }

    @Override
    public boolean canEncodeNull(Class<?> type) {
      return false;
    }

    @Override
    public EncodedParameter encodeNull() {
      throw new UnsupportedOperationException();
    }

    @Override
    public boolean canDecode(int type, Format format, Class<?> as) {
      return false;
    }

    @Override
    public JsonParameter decode(
        @Nullable ByteBuf buffer, int type, Format format, Class<? extends JsonParameter> as) {
      throw new UnsupportedOperationException();
    }
  }
}
