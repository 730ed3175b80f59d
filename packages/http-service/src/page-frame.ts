import { Eta } from 'eta'

/** What surrounds the content of a page. */
export interface PageFrame {
  readonly language: string
  readonly title: string
  /** The whole style, inserted unescaped: the policy of the page has to contain its hash. */
  readonly style: string
  /** The address of its only script. */
  readonly script?: string | undefined
}

/**
 * Compiles an eta template to a function that renders whole pages: `it` is the data, `<%= %>` escapes what it inserts,
 * and `it.mark` is the mark of this project.
 */
export function compilePage<Data extends object>(template: string): (data: Data, frame: PageFrame) => string {
  const eta = new Eta()
  eta.loadTemplate('@layout', LAYOUT)
  const page = eta.compile(`<% layout('@layout', it.frame) %>${template}`)
  return (data, frame) => eta.render(page, { ...data, mark: MARK, frame: { ...frame, mark: MARK } })
}

/** The mark on every page, two strokes that sign one line, as a `data:` address that loads nothing. */
const MARK: string = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b57d0"/>' +
    '<path d="M7 16l5 5 7-11M14 20l2 2 9-12M7 26h18" fill="none" stroke="#fff" stroke-width="2.5" stroke-linecap="round"/></svg>',
)}`

/** The frame of every page. Only the style is inserted unescaped. Without an icon every browser requests /favicon.ico. */
const LAYOUT = `<!doctype html>
<html lang="<%= it.language %>">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<link rel="icon" href="<%= it.mark %>">
<style><%~ it.style %></style>
<% if (it.script) { %>
<script src="<%= it.script %>" defer></script>
<% } %>
</head>
<body>
<main>
<%~ it.body %>
</main>
</body>
</html>
`
