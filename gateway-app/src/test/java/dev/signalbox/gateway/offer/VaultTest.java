package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.signalbox.gateway.offer.Vault.Sealed;
import dev.signalbox.gateway.offer.Vault.UnreadableException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class VaultTest {
  private static final String SECRET = "sk-upstream-0123456789";
  private final Vault vault = new Vault("the installation's key", List.of());

  @Test
  void whatWasSealedOpensInItsRowOnly() throws Exception {
    Sealed sealed = vault.seal(SECRET, "operator|acme|1");
    assertThat(vault.open(sealed, "operator|acme|1")).isEqualTo(SECRET);
    assertThatThrownBy(() -> vault.open(sealed, "operator|acme|2"))
        .isInstanceOf(UnreadableException.class);
    Sealed elsewhere = vault.seal("another", "operator|other|2");
    var swapped = new Sealed(sealed.text(), elsewhere.wrappedKey(), sealed.wrappedBy());
    assertThatThrownBy(() -> vault.open(swapped, "operator|acme|1"))
        .isInstanceOf(UnreadableException.class);
  }

  @Test
  void noTwoSealsAreAlikeAndNoneShowsWhatIsInside() {
    Sealed one = vault.seal(SECRET, "r");
    Sealed two = vault.seal(SECRET, "r");
    assertThat(one.text()).isNotEqualTo(two.text());
    assertThat(one.wrappedKey()).isNotEqualTo(two.wrappedKey());
    assertThat(new String(one.text(), StandardCharsets.ISO_8859_1)).doesNotContain(SECRET);
  }

  @Test
  void everyBitCounts() {
    Sealed sealed = vault.seal(SECRET, "r");
    for (int bit = 0; bit < sealed.text().length * 8; bit++) {
      byte[] touched = sealed.text().clone();
      touched[bit / 8] ^= (byte) (1 << bit % 8);
      var broken = new Sealed(touched, sealed.wrappedKey(), sealed.wrappedBy());
      assertThatThrownBy(() -> vault.open(broken, "r")).isInstanceOf(UnreadableException.class);
    }
  }

  @Test
  void aNewKeyOpensWhatTheFormerSealedAndTheFormerMayGo() throws Exception {
    Sealed old = vault.seal(SECRET, "r");
    var both = new Vault("the installation's new key", List.of("the installation's key"));
    Sealed anew = both.rewrap(old, "r");
    var later = new Vault("the installation's new key", List.of());
    assertThat(later.open(anew, "r")).isEqualTo(SECRET);
    assertThatThrownBy(() -> later.open(old, "r"))
        .isInstanceOf(UnreadableException.class)
        .hasMessageContaining("SIGNALBOX_SECRET_KEY");
    assertThat(anew.text()).isEqualTo(old.text());
  }
}
