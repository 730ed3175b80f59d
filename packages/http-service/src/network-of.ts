import { isIPv4, isIPv6 } from 'node:net'
import ipaddr from 'ipaddr.js'

/**
 * The network that an address is counted by, however the address is written: an IPv4 address by itself, also inside an
 * IPv6 one (IPv4-mapped, RFC 4291 §2.5.5.2; NAT64, RFC 6052 §2.1), and an IPv6 address by its /64, because that is what one
 * customer is given and can choose addresses from (RFC 6177 §2). `unknown` for what is no address. The database keeps
 * hashes of this text.
 */
export function networkOf(address: string): string {
  // A zone names an interface of this machine (RFC 4007 §11), not where somebody comes from.
  const [bare = ''] = address.split('%', 1)
  if (isIPv4(bare)) return bare
  // ipaddr.js would also read shorthand and octal numbers, which no socket and no proxy writes.
  if (!isIPv6(bare)) return 'unknown'

  // A URL writes every IPv6 address in groups (RFC 5952). ipaddr.js would read `::192.0.2.66` as IPv4-mapped, which it is not.
  const grouped = new URL(`http://[${bare}]`).hostname.slice(1, -1)
  const parsed = ipaddr.process(grouped)
  if (parsed instanceof ipaddr.IPv4) return parsed.toString()
  if (parsed.range() === 'rfc6052') return new ipaddr.IPv4(parsed.toByteArray().slice(12)).toString()
  const groups = parsed.parts.slice(0, 4).map((group) => group.toString(16))
  return `${groups.join(':')}::/64`
}
