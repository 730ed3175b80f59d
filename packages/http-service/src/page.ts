import { createHash } from 'node:crypto'
import { Eta } from 'eta'
import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'
import { LAYOUT, MARK, STYLE } from './page-layout.ts'

export interface PageOptions<Data extends object> {
  readonly title: string
  /** In eta, where `it` is the data and `<%= %>` escapes whatever it inserts. */
  readonly template: string
  readonly data: (ctx: Context) => Data | Promise<Data>
}

/**
 * A plain page: HTML without a script, which loads nothing and can be framed by nobody. Never from a cache: it says
 * how the server is.
 */
export function pageEndpoint<Data extends object>({ title, template, data }: PageOptions<Data>): Middleware {
  const eta = new Eta()
  eta.loadTemplate('@layout', LAYOUT)
  const page = eta.compile(`<% layout('@layout', it.layout) %>${template}`)
  const layout = { title, style: STYLE, mark: MARK }
  const guard = pageHeaders()

  return (ctx) =>
    guard(ctx, async () => {
      ctx.set('cache-control', 'private, no-cache')
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = eta.render(page, { ...(await data(ctx)), layout })
    })
}

function pageHeaders(): Middleware {
  const style = `'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`
  return helmet({
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        defaultSrc: ["'none'"],
        styleSrc: [style],
        // The mark, which is the icon as well: without one every browser asks for /favicon.ico.
        imgSrc: ['data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // Whether every page of this host name must come over TLS is for whoever runs the name to say.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
}
