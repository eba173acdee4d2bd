import dev.signalbox.db.EmbeddedPostgres;

/// The embedded PostgreSQL beside the gateway instead of within it, until standard input ends.
/// Prints its URL.
void main(String[] arguments) throws IOException {
  try (var postgres = EmbeddedPostgres.start(Path.of(arguments[0]))) {
    var at = postgres.address();
    IO.println(
        "postgresql://%s:%s@%s:%d/%s"
            .formatted(at.user(), at.password(), at.host(), at.port(), at.database()));
    System.in.read();
  }
}
