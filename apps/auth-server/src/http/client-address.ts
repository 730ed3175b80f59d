import { isIP } from 'node:net'
import type { Context } from 'koa'

/**
 * The address a request comes from, as far as it can be believed: what the trusted proxies say, without the port and
 * brackets that some of them write; and where that is no address at all, the one of the connection itself.
 */
export function clientAddress(ctx: Pick<Context, 'ip' | 'req'>): string {
  const forwarded = withoutPort(ctx.ip)
  return isIP(forwarded) ? forwarded : (ctx.req.socket.remoteAddress ?? 'unknown')
}

function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  if (bracketed !== undefined) return bracketed
  const [, dotted] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? []
  return dotted ?? text
}
