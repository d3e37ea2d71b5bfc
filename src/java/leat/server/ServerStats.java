package leat.server;

/**
 * What a server has done so far.
 *
 * @param connections open now
 * @param requests begun
 * @param refusedConnections closed at once, beyond the limits of connections
 * @param rejectedRequests answered by the rejected handler, since the executor was full
 * @param protocolErrors requests refused because they broke a rule or a limit of the protocol
 * @param timeouts connections or requests ended by a time limit other than the keep-alive one
 */
public record ServerStats(
    int connections,
    long requests,
    long refusedConnections,
    long rejectedRequests,
    long protocolErrors,
    long timeouts) {}
