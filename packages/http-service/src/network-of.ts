import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The network that an address is counted under, however the address is written. An IPv4 address counts by itself, also
 * inside an IPv6 address (IPv4-mapped, RFC 4291 §2.5.5.2; NAT64, RFC 6052 §2.1). An IPv6 address counts by its /64,
 * because one customer gets a /64 and can choose addresses from it (RFC 6177 §2). Returns `unknown` for text that is not
 * an address. The database keeps hashes of this text.
 */
export function networkOf(address: string): string {
  // A zone names an interface of this machine (RFC 4007 §11), not the origin of the peer.
  const [bare = ''] = address.split('%', 1)
  if (isIPv4(bare)) return bare
  // ipaddr.js would also read shorthand and octal numbers, which no socket and no proxy writes.
  if (!isIPv6(bare)) return 'unknown'

  // A URL writes every IPv6 address in groups (RFC 5952). Without this, ipaddr.js would wrongly read `::192.0.2.66` as
  // IPv4-mapped.
  const grouped = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const parsed = ipaddr.process(grouped)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  if (parsed.range() === 'rfc6052') return new ipaddr.IPv4(parsed.toByteArray().slice(12)).toString()
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16))
  return `${groups.join(':')}::/64`
}
