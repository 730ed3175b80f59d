import { createHash } from 'node:crypto'
import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'
import { compilePage } from './page-frame.ts'

export interface PageOptions<Data extends object> {
  readonly title: string
  /** An eta template: `it` is the data, and `<%= %>` escapes what it inserts. */
  readonly template: string
  readonly data: (ctx: Context) => Data | Promise<Data>
}

/**
 * A plain HTML page. It has no script, loads nothing and cannot be framed. It is never cached, because it shows the
 * current state of the server.
 */
export function pageEndpoint<Data extends object>({ title, template, data }: PageOptions<Data>): Middleware {
  const render = compilePage<Data>(`${MARK_ABOVE}${template}`)
  const frame = { language: 'en', title, style: STYLE }
  const guard = pageHeaders()

  return (ctx) =>
    guard(ctx, async () => {
      ctx.set('cache-control', 'private, no-cache')
      ctx.type = 'text/html; charset=utf-8'
      ctx.body = render(await data(ctx), frame)
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
        // The mark, which is also the icon.
        imgSrc: ['data:'],
        baseUri: ["'none'"],
        formAction: ["'none'"],
        frameAncestors: ["'none'"],
      },
    },
    // The operator of the host name decides whether all its pages must use TLS.
    strictTransportSecurity: false,
    xFrameOptions: { action: 'deny' },
  })
}

/** The whole style. The policy of a page contains its hash, so that no other style can be inserted. */
const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { margin: 0 auto; max-width: 44rem; padding: 1.5rem 1.25rem 3rem; font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 0.5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
code { font: 0.92em/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 0.5rem 0; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
dl { margin: 0; }
dt { margin-top: 0.7rem; }
dd { margin: 0; opacity: 0.8; }
img.mark { display: block; }
p.status { font-weight: 600; }
a { color: light-dark(#0b57d0, #8ab4f8); }
`

const MARK_ABOVE = `<img class="mark" src="<%= it.mark %>" alt="" width="32" height="32">
`
