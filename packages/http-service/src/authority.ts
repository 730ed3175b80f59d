/** A host and a port as written in a URL, with an IPv6 address in brackets (RFC 3986 §3.2.2). */
export function authority(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`
}
