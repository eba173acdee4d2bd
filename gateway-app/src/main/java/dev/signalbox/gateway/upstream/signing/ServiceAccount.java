package dev.signalbox.gateway.upstream.signing;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A service account of Google's: proves who it is to the endpoint that gives out access tokens.
/// Holds a key: its text shows none.
record ServiceAccount(String email, String keyId, PrivateKey key, URI tokenUri) {
  private static final String SCOPE = "https://www.googleapis.com/auth/cloud-platform";
  private static final String TOKEN_URI = "https://oauth2.googleapis.com/token";
  private static final Duration VALIDITY = Duration.ofHours(1);
  private static final JsonMapper JSON = new JsonMapper();

  /// Reads an account's file as Google gives it out.
  ///
  /// @param fileOrJson the file's path, or what is in it
  static ServiceAccount read(String fileOrJson) {
    try {
      String text =
          fileOrJson.stripLeading().startsWith("{")
              ? fileOrJson
              : Files.readString(Path.of(fileOrJson));
      JsonNode tree = JSON.readTree(text);
      return new ServiceAccount(
          tree.path("client_email").asString(""),
          tree.path("private_key_id").asString(""),
          key(tree.path("private_key").asString("")),
          URI.create(tree.path("token_uri").asString(TOKEN_URI)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException("The service account's file cannot be read", unreadable);
    } catch (GeneralSecurityException | RuntimeException broken) {
      // Without its words: they may hold the key.
      throw new IllegalArgumentException(
          "service account: not one (expected: the JSON that Google gives out, or its path)");
    }
  }

  private static PrivateKey key(String pem) throws GeneralSecurityException {
    String base64 = pem.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    return KeyFactory.getInstance("RSA")
        .generatePrivate(new PKCS8EncodedKeySpec(Base64.getDecoder().decode(base64)));
  }

  /// Returns a signed statement that is exchanged for a token (RFC 7523).
  String assertion(Instant now) {
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(email)
            .subject(email)
            .audience(tokenUri.toString())
            .claim("scope", SCOPE)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(VALIDITY)))
            .build();
    var jwt = new SignedJWT(new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(keyId).build(), claims);
    try {
      jwt.sign(new RSASSASigner(key));
    } catch (JOSEException unusable) {
      throw new IllegalStateException("The service account's key cannot sign", unusable);
    }
    return jwt.serialize();
  }

  @Override
  public String toString() {
    return "ServiceAccount[" + email + "]";
  }
}
