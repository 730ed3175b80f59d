import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { networkOf } from '@countersign/http-service'
import type { Context } from 'koa'

/**
 * The address a request comes from, as far as it can be believed: what the trusted proxies say, without the port and
 * brackets that some of them write; and where that is no address at all, the one of the connection itself.
 */
export function clientAddress(ctx: Pick<Context, 'ip' | 'req'>): string {
  return believed(ctx.ip, ctx.req)
}

/** The same before Koa has seen the request: what the furthest of the trusted proxies says, as Koa counts them. */
export function forwardedAddress(request: IncomingMessage, trustedProxies: number): string {
  const forwarded = request.headers['x-forwarded-for']
  // Trimmed when it is split: a pattern that looks for the spaces before a comma looks through a long row of them again
  // from each, and one header of 15 KB would hold up everybody for a third of a second.
  const addresses = typeof forwarded === 'string' ? forwarded.split(',').slice(-trustedProxies) : []
  return believed(addresses[0]?.trim() ?? '', request)
}

function believed(text: string, request: IncomingMessage): string {
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
