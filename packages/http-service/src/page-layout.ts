/** All the style there is; the policy of a page names its hash, so that nothing else can be inserted. */
export const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
body { margin: 0 auto; max-width: 44rem; padding: 1.5rem 1.25rem 3rem; font: 1rem/1.55 system-ui, sans-serif; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 1rem 0 0.5rem; }
h2 { font-size: 1.1rem; margin: 2rem 0 0.5rem; }
code { font: 0.92em/1.5 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere; }
pre { margin: 0.5rem 0; padding: 0.8rem 1rem; border: 1px solid var(--line); border-radius: 6px; white-space: pre-wrap; }
dl { margin: 0; }
dt { margin-top: 0.7rem; }
dd { margin: 0; opacity: 0.8; }
a { color: light-dark(#0b57d0, #8ab4f8); }
`

/** What is around every page. The style is the one thing inserted as it is; the rest is escaped. */
export const LAYOUT = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title><%= it.title %></title>
<link rel="icon" href="data:,">
<style><%~ it.style %></style>
</head>
<body>
<main>
<%~ it.body %>
</main>
</body>
</html>
`
