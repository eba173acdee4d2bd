package dev.signalbox.gateway.offer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostRulesTest {
  private final HostRules rules = new HostRules(Set.of("vllm.lan", "10.1.2.3"));

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://api.acme.example/v1",
        "https://api.acme.example:443/v1",
        "https://api.acme.example:8443",
        "https://8.8.8.8/v1",
        "https://[2606:4700::1111]/v1",
        "http://vllm.lan:8000/v1",
        "http://10.1.2.3:11434/v1"
      })
  void publicAndListedHostsMayBeNamed(String url) {
    assertThat(rules.objection(URI.create(url))).isEmpty();
  }

  @Test
  void hostsAreListedInAnyCaseAndNothingElseIsListed() {
    var lists = new HostRules(Set.of("VLLM.lan", "fd00::1", "[fd00::2]"));
    for (String url : List.of("http://vllm.LAN:8000", "http://[fd00::1]", "http://[fd00::2]:80")) {
      assertThat(lists.objection(URI.create(url))).as(url).isEmpty();
    }
    for (String no : List.of("http://vllm.lan", "vllm.lan:8000", "vllm.lan/v1", "a b")) {
      assertThatThrownBy(() -> new HostRules(Set.of(no)))
          .hasMessageStartingWith("SIGNALBOX_ALLOWED_HOSTS: " + no + " (");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://api.acme.example/v1",
        "https://api.acme.example:22/v1",
        "https://localhost/v1",
        "https://127.0.0.1/v1",
        "https://127.1/v1",
        "https://2130706433/v1",
        "https://0x7f000001/v1",
        "https://0x7f.0.0.1/v1",
        "https://0177.0.0.1/v1",
        "https://0/v1",
        "https://10.0.0.1/v1",
        "https://100.64.0.1/v1",
        "https://169.254.169.254/latest/meta-data",
        "https://172.16.0.1/v1",
        "https://172.31.255.255/v1",
        "https://192.168.1.1/v1",
        "https://192.0.0.1/v1",
        "https://192.88.99.1/v1",
        "https://198.18.0.1/v1",
        "https://224.0.0.1/v1",
        "https://255.255.255.255/v1",
        "https://0.0.0.0/v1",
        "https://[::]/v1",
        "https://[::1]/v1",
        "https://[::ffff:127.0.0.1]/v1",
        "https://[::ffff:10.0.0.1]/v1",
        "https://[3fff::1]/v1",
        "https://[5f00::1]/v1",
        "https://[fc00::1]/v1",
        "https://[fd12:3456::1]/v1",
        "https://[fe80::1]/v1",
        "https://[ff02::1]/v1",
        "https://[64:ff9b::7f00:1]/v1",
        "https://[2002:7f00:1::]/v1",
        "https://[2001::1]/v1",
        "https://metadata/v1",
        "https://vllm.lan.evil/v1/../..:80",
        "https://xn--/v1",
        "https://-a.example/v1",
        "ftp://api.acme.example/v1"
      })
  void othersMayNot(String url) {
    URI uri = URI.create(url.replace("/v1/../..:80", ":80/v1"));
    assertThat(rules.objection(uri)).as(url).isPresent();
  }

  @Test
  void addressesAreJudgedAsTheyAreConnectedTo() throws Exception {
    for (String address :
        new String[] {
          "127.0.0.1", "10.9.8.7", "::1", "fe80::1", "169.254.169.254", "100.127.0.1"
        }) {
      assertThat(HostRules.forbids(InetAddress.getByName(address))).as(address).isTrue();
    }
    for (String address :
        new String[] {"8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:4700::1111"}) {
      assertThat(HostRules.forbids(InetAddress.getByName(address))).as(address).isFalse();
    }
  }
}
