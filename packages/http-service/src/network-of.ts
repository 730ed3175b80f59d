import { isIPv6 } from 'node:net'

/**
 * The network an address belongs to, as one who is counted: an IPv4 address by itself, however it is written, and all of
 * an IPv6 /64, because that is what one customer is given and can choose addresses from (RFC 6177 §2).
 */
export function networkOf(address: string): string {
  const unscoped = address.split('%', 1)[0] ?? address
  if (!isIPv6(unscoped)) return address

  const groups = groupsOf(unscoped)
  const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
  if (isMapped)
    return groups
      .slice(6)
      .flatMap((group) => [group >> 8, group & 0xff])
      .join('.')
  return `${groups
    .slice(0, 4)
    .map((group) => group.toString(16))
    .join(':')}::/64`
}

/** The eight numbers of an IPv6 address. A URL writes every address in one way (RFC 5952). */
function groupsOf(address: string): readonly number[] {
  const written = new URL(`http://[${address}]`).hostname.slice(1, -1)
  const [head = '', tail] = written.split('::')
  const numbers = (part: string) =>
    part === '' ? [] : part.split(':').map((group) => Number.parseInt(group, 16))
  const [before, after] = [numbers(head), numbers(tail ?? '')]
  return [...before, ...Array<number>(8 - before.length - after.length).fill(0), ...after]
}
