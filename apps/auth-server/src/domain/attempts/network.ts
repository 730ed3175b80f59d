import { isIP } from 'node:net'

/**
 * The network an address belongs to, as failures are counted by it: by value, however the address is spelled. An IPv6
 * user has a whole /64 to come from; it counts as one. An IPv4 address inside of an IPv6 one is that IPv4 address.
 */
export function networkOf(address: string): string {
  // A zone names an interface of ours (RFC 4007 §11), not where somebody comes from.
  const [bare = ''] = address.split('%')
  switch (isIP(bare)) {
    case 4:
      return bare
    case 6:
      return networkOfGroups(groupsOf(bare))
    default:
      return 'unknown'
  }
}

/** RFC 4291 §2.5.5.2: IPv4-mapped; RFC 6052 §2.1: IPv4 behind the well-known prefix of NAT64. */
const IPV4_PREFIXES = ['0:0:0:0:0:ffff', '64:ff9b:0:0:0:0'] as const

function networkOfGroups(groups: readonly number[]): string {
  const prefix = hex(groups.slice(0, 6))
  if (!IPV4_PREFIXES.some((known) => known === prefix)) return `${hex(groups.slice(0, 4))}::/64`
  return groups
    .slice(6)
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.')
}

/** The eight groups of a valid IPv6 address, whether zeros are left out, or its end is written as IPv4 (RFC 4291 §2.2). */
function groupsOf(address: string): readonly number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address)
  const [, start = '', ...bytes] = dotted ?? []
  const [one = 0, two = 0, three = 0, four = 0] = bytes.map(Number)
  const text = dotted ? `${start}${hex([one * 256 + two, three * 256 + four])}` : address

  const [head = [], tail = []] = text.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array<string>(8 - head.length - tail.length).fill('0')
  return [...head, ...zeros, ...tail].map((group) => Number.parseInt(group, 16))
}

function hex(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(':')
}
