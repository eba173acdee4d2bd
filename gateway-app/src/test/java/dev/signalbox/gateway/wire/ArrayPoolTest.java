package dev.signalbox.gateway.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ArrayPoolTest {
  private static final int MANY = 1 << 30;

  private final ArrayPool pool = new ArrayPool(MANY);

  @Test
  void anArrayIsAtMostAnEighthTooLongAndServesItsWholeSizeAgain() {
    var random = new Random(1);
    for (int i = 0; i < 2_000; i++) {
      int length = ArrayPool.LEAST_BYTES + random.nextInt(1 << random.nextInt(1, 22));
      byte[] array = pool.take(length);
      assertThat(array.length).as("%d", length).isBetween(length, length + length / 8 + 1);
      pool.give(array);
      assertThat(pool.take(array.length)).as("%d", length).isSameAs(array);
    }
  }

  @Test
  void shortArraysAndThoseOfOthersAreNotKept() {
    byte[] small = pool.take(ArrayPool.LEAST_BYTES - 1);
    assertThat(small).hasSize(ArrayPool.LEAST_BYTES - 1);
    pool.give(small);
    assertThat(pool.take(small.length)).isNotSameAs(small);

    byte[] foreign = new byte[1_000_003];
    pool.give(foreign);
    assertThat(pool.take(foreign.length)).isNotSameAs(foreign);
  }

  @Test
  void noMoreIsKeptThanMayBe() {
    var small = new ArrayPool(250_000);
    byte[] one = small.take(100_000);
    byte[] two = small.take(100_000);
    byte[] three = small.take(100_000);
    small.give(one);
    small.give(two);
    small.give(three);
    assertThat(small.take(100_000)).isSameAs(two);
    assertThat(small.take(100_000)).isSameAs(one);
    assertThat(small.take(100_000)).isNotSameAs(three);
    small.give(three);
    assertThat(small.take(100_000)).isSameAs(three);
  }

  @Test
  void aDocumentsArrayComesBackWhenAllHaveLetGo() {
    byte[] array = pool.take(100_000);
    Document document = Document.lent(array, 90_000, pool);
    document.hold();
    document.letGo();
    assertThat(pool.take(100_000)).isNotSameAs(array);
    document.letGo();
    assertThat(pool.take(100_000)).isSameAs(array);
    assertThatIllegalStateException().isThrownBy(document::hold);
  }

  @Test
  void whatIsNobodysToTakeBackStays() {
    byte[] array = pool.take(100_000);
    Document document = Document.of(array);
    document.letGo();
    document.hold();
    assertThat(pool.take(100_000)).isNotSameAs(array);
  }
}
