import { createHash } from 'node:crypto'
import { Eta } from 'eta'
import type { Context, Middleware } from 'koa'
import helmet from 'koa-helmet'

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
        // The mark, which is also the icon. Without an icon every browser requests /favicon.ico.
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

/** The mark on every page, two strokes that sign one line, as a `data:` address that loads nothing. */
const MARK: string = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57d0"/>' +
    '<path d="M7 16l5 5 7-11M14 20l2 2 9-12M7 26h18" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/></svg>',
)}`

/** The frame of every page. Only the style is inserted unescaped. */
const LAYOUT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<link rel="icon" href="<%= it.mark %>">
<style><%~ it.style %></style>
</head>
<body>
<main>
<img class="mark" src="<%= it.mark %>" alt="" width="32" height="32">
<%~ it.body %>
</main>
</body>
</html>
`
