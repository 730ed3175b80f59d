import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { networkOf } from '@countersign/http-service'
import type { Context } from 'koa'

/**
 * The address that a request comes from, as the trusted proxies give it, without the port and the brackets that some of
 * them write. When that is no address, it is the address of the connection.
 */
export function clientAddress(ctx: Pick<Context, 'ip' | 'req'>): string {
  return addressOf(ctx.ip, ctx.req)
}

/** The same before Koa has the request: what the furthest of the trusted proxies says, counted as Koa counts them. */
export function forwardedAddress(request: IncomingMessage, trustedProxies: number): string {
  const forwarded = request.headers['x-forwarded-for']
  // Trimmed after it is split: a pattern with spaces before the comma takes time that grows with the square of their
  // number, and one header of 15 KB would hold up all requests for a third of a second.
  const addresses = typeof forwarded === 'string' ? forwarded.split(',').slice(-trustedProxies) : []
  return addressOf(addresses[0]?.trim() ?? '', request)
}

function addressOf(text: string, request: IncomingMessage): string {
  const forwarded = withoutPort(text)
  return isIP(forwarded) ? forwarded : (request.socket.remoteAddress ?? 'unknown')
}

/** What a request shows of who sends it: every `Authorization` header, and its network. */
export function senderOf(ctx: Pick<Context, 'ip' | 'req'>): {
  readonly authorization: readonly string[]
  readonly network: string
} {
  return {
    authorization: ctx.req.headersDistinct.authorization ?? [],
    network: networkOf(clientAddress(ctx)),
  }
}

function withoutPort(text: string): string {
  const [, bracketed] = /^\[([^\]]+)\](?::\d+)?$/.exec(text) ?? []
  if (bracketed !== undefined) return bracketed
  const [, dotted] = /^(\d+\.\d+\.\d+\.\d+):\d+$/.exec(text) ?? []
  return dotted ?? text
}
