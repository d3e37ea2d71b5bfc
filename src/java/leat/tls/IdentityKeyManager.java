package leat.tls;

import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.StandardConstants;
import javax.net.ssl.X509ExtendedKeyManager;
import leat.bytes.Nullable;

/**
 * Chooses among several identities. A server shows the one that is for the host that the client asks for (SNI, RFC 6066),
 * with an exact name before one with an asterisk; for any other host, the first. A client shows the first whose issuer the
 * server accepts. The alias of an identity is its index.
 */
final class IdentityKeyManager extends X509ExtendedKeyManager {
  private final List<Identity> identities;

  IdentityKeyManager(List<Identity> identities) {
    this.identities = identities;
  }

  @Override
  public @Nullable String chooseEngineServerAlias(String keyType, @Nullable Principal[] issuers, SSLEngine engine) {
    return serverAlias(keyType, engine.getHandshakeSession());
  }

  @Override
  public @Nullable String chooseServerAlias(String keyType, @Nullable Principal[] issuers, @Nullable Socket socket) {
    return serverAlias(keyType, socket instanceof SSLSocket secured ? secured.getHandshakeSession() : null);
  }

  private @Nullable String serverAlias(String keyType, @Nullable SSLSession session) {
    for (Identity identity : candidates(requestedHost(session))) {
      if (hasType(identity, keyType)) {
        return alias(identity);
      }
    }
    return null;
  }

  private static @Nullable String requestedHost(@Nullable SSLSession session) {
    if (session instanceof ExtendedSSLSession extended) {
      for (SNIServerName name : extended.getRequestedServerNames()) {
        if (name.getType() == StandardConstants.SNI_HOST_NAME) {
          return HostNames.normal(new String(name.getEncoded(), StandardCharsets.US_ASCII));
        }
      }
    }
    return null;
  }

  /** There may be several for one host: an RSA certificate beside one of EC. */
  private List<Identity> candidates(@Nullable String host) {
    List<Identity> found = new ArrayList<>();
    if (host != null) {
      identities.stream().filter(identity -> identity.names().contains(host)).forEach(found::add);
      if (found.isEmpty()) {
        identities.stream().filter(identity -> identity.isFor(host)).forEach(found::add);
      }
    }
    if (found.isEmpty()) {
      HashSet<String> names = new HashSet<>(identities.get(0).names());
      identities.stream().filter(identity -> names.equals(new HashSet<>(identity.names()))).forEach(found::add);
    }
    return found;
  }

  private static boolean hasType(Identity identity, String keyType) {
    return identity.certificate().getPublicKey().getAlgorithm().equalsIgnoreCase(keyType);
  }

  private String alias(Identity identity) {
    return Integer.toString(identities.indexOf(identity));
  }

  @Override
  public @Nullable String chooseEngineClientAlias(String[] keyTypes, @Nullable Principal[] issuers, SSLEngine engine) {
    return clientAlias(keyTypes, issuers);
  }

  @Override
  public @Nullable String chooseClientAlias(String[] keyTypes, @Nullable Principal[] issuers, @Nullable Socket socket) {
    return clientAlias(keyTypes, issuers);
  }

  private @Nullable String clientAlias(String[] keyTypes, @Nullable Principal[] issuers) {
    for (Identity identity : identities) {
      if (Arrays.stream(keyTypes).anyMatch(type -> hasType(identity, type)) && isAccepted(identity, issuers)) {
        return alias(identity);
      }
    }
    return null;
  }

  private static boolean isAccepted(Identity identity, @Nullable Principal[] issuers) {
    if (issuers == null || issuers.length == 0) {
      return true;
    }
    List<Principal> accepted = Arrays.asList(issuers);
    return identity.chain().stream().anyMatch(certificate -> accepted.contains(certificate.getIssuerX500Principal())
        || accepted.contains(certificate.getSubjectX500Principal()));
  }

  private @Nullable Identity identity(@Nullable String alias) {
    try {
      return alias == null ? null : identities.get(Integer.parseInt(alias));
    } catch (NumberFormatException | IndexOutOfBoundsException e) {
      return null;
    }
  }

  @Override
  public @Nullable X509Certificate[] getCertificateChain(String alias) {
    Identity identity = identity(alias);
    return identity == null ? null : identity.chain().toArray(X509Certificate[]::new);
  }

  @Override
  public @Nullable PrivateKey getPrivateKey(String alias) {
    Identity identity = identity(alias);
    return identity == null ? null : identity.key();
  }

  private @Nullable String[] aliases(String keyType) {
    String[] aliases =
        identities.stream().filter(identity -> hasType(identity, keyType)).map(this::alias).toArray(String[]::new);
    return aliases.length == 0 ? null : aliases;
  }

  @Override
  public @Nullable String[] getClientAliases(String keyType, @Nullable Principal[] issuers) {
    return aliases(keyType);
  }

  @Override
  public @Nullable String[] getServerAliases(String keyType, @Nullable Principal[] issuers) {
    return aliases(keyType);
  }
}
