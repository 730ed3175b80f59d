/**
 * The whole style of the pages: one column, one accent colour, what is said above what is done. Colours are named once for
 * light and once for dark; text has a contrast of 4.5 and the edge of a field one of 3 (WCAG 2.2 §1.4.3, §1.4.11), and what
 * is pressed is 44 pixels high.
 */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #f3f5f8; --paper: #fff; --ink: #1a1f27; --soft: #59636f; --line: #dde2e9;
  --edge: #7d8794; --accent: #0b57d0; --pressed: #0a4bb3; --on-accent: #fff; --tint: #edf3fd; --alert: #b3261e; --alert-tint: #fdf2f1; }
@media (prefers-color-scheme: dark) {
  :root { --ground: #0f1216; --paper: #181c22; --ink: #e8ebf0; --soft: #a4aebb; --line: #2d343d; --edge: #77828f;
    --accent: #8ab4f8; --pressed: #a8c7fa; --on-accent: #0a2149; --tint: #202b3d; --alert: #f5b5af; --alert-tint: #351f1f; }
}
*, ::before, ::after { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.5 system-ui, sans-serif;
  -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
main { max-width: 27rem; margin: 0 auto; padding: 1.25rem 1.25rem 2.5rem; overflow-wrap: anywhere; }
h1, h2, p, ul, dl, dd { margin: 0; }
h1 { font-size: 1.625rem; line-height: 1.25; letter-spacing: -0.01em; font-weight: 650; text-wrap: balance; }
h2 { font-size: 1rem; margin-top: 1.5rem; }
.brand { display: flex; align-items: center; gap: 0.625rem; min-height: 2.75rem; margin-bottom: 1.5rem; font-weight: 600; }
.brand img { flex: none; display: block; }
.logo { display: grid; place-items: center; width: 3.5rem; height: 3.5rem; margin-bottom: 1.25rem; border-radius: 0.875rem; }
span.logo { background: var(--tint); color: var(--accent); font-size: 1.5rem; font-weight: 650; }
img.logo { background: #fff; border: 1px solid var(--line); padding: 0.375rem; object-fit: contain; }
.lead { margin-top: 0.375rem; font-size: 1.0625rem; color: var(--soft); }
.card > h1 + p { margin-top: 0.75rem; }
.card > h1 + .lead { margin-top: 0.375rem; }
.soft { color: var(--soft); font-size: 0.9375rem; }
.note { margin-top: 1rem; }
.address { font: 0.875rem/1.5 ui-monospace, Menlo, Consolas, monospace; }
dl { margin-top: 1.5rem; padding-top: 1rem; border-top: 1px solid var(--line); }
dt { font-weight: 600; }
dd + dt { margin-top: 0.75rem; }

form { margin-top: 1.75rem; }
.field { margin-bottom: 1.25rem; }
label { display: block; margin-bottom: 0.375rem; font-weight: 600; }
input, button { font: inherit; min-height: 3rem; border-radius: 0.625rem; border: 1px solid transparent; }
.field input { width: 100%; min-width: 0; padding: 0.625rem 0.875rem; border-color: var(--edge); background: var(--paper); color: inherit; }
.field input:hover { border-color: var(--ink); }
.field input[aria-invalid] { border-color: var(--alert); }
.secret { display: flex; gap: 0.5rem; }
button { width: 100%; padding: 0.625rem 1rem; font-weight: 600; cursor: pointer; background: none; color: var(--accent);
  overflow-wrap: inherit; -webkit-tap-highlight-color: transparent; touch-action: manipulation; }
button[hidden] { display: none; }
button:hover { background: var(--tint); }
.secret button { flex: none; width: auto; padding: 0.625rem 0.75rem; }
.primary { background: var(--accent); color: var(--on-accent); }
.primary:hover { background: var(--pressed); }
.plain { border-color: var(--edge); }
.primary:active, .plain:active, .account:active { transform: translateY(1px); }
.cancel { margin: 0.5rem 0 -0.75rem; }
.quiet { font-weight: 500; color: var(--soft); }
.choices { display: grid; gap: 0.75rem; }
.answers { display: grid; grid-template-columns: repeat(auto-fit, minmax(8rem, 1fr)); gap: 0.75rem; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }

.account { display: flex; align-items: center; gap: 0.875rem; width: 100%; padding: 0.75rem 0.875rem; color: inherit; text-align: start;
  font-weight: 400; border: 1px solid var(--line); border-radius: 0.75rem; }
div.account { margin: 1.25rem 0; }
button.account { border-color: var(--edge); }
.avatar { flex: none; display: grid; place-items: center; width: 2.5rem; height: 2.5rem; border-radius: 50%;
  background: var(--accent); color: var(--on-accent); font-weight: 600; }
.who { display: grid; line-height: 1.35; }
.who strong { font-weight: 600; }
.asked { margin: 0.75rem 0 1rem; padding: 0; list-style: none; }
.asked li { position: relative; padding: 0.4375rem 0 0.4375rem 2rem; }
.asked li::before { content: ""; position: absolute; left: 0.5rem; top: 0.75rem; width: 0.4rem; height: 0.75rem;
  border: solid var(--accent); border-width: 0 2px 2px 0; transform: rotate(45deg); }
.problem { margin-top: 1.5rem; padding: 0.875rem 1rem; border: 1px solid var(--alert); border-radius: 0.75rem; background: var(--alert-tint); }
.problem strong { font-weight: 600; color: var(--alert); }
.problem + form { margin-top: 1.5rem; }

@media (min-width: 30rem) {
  body { background: var(--ground); }
  main { padding-top: clamp(1.5rem, 9vh, 6rem); }
  .brand { padding-left: 0.25rem; margin-bottom: 0.75rem; }
  .card { padding: 2.25rem; background: var(--paper); border: 1px solid var(--line); border-radius: 1.25rem;
    box-shadow: 0 1px 2px rgb(16 24 40 / 4%), 0 12px 32px -12px rgb(16 24 40 / 12%); }
}
@media (prefers-reduced-motion: no-preference) { button, .field input { transition: background-color 0.15s, border-color 0.15s; } }
@media (prefers-reduced-motion: reduce) { button:active { transform: none !important; } }
@media (forced-colors: active) { button, .avatar, span.logo { border: 1px solid; } }
@media print {
  body, .card { background: none; color: #000; border: 0; box-shadow: none; padding: 0; }
  form { display: none; }
}
`
