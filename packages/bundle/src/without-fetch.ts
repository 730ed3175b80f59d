import http from 'node:http'
import type { Plugin } from 'rolldown'

const VIRTUAL = '\0node:http without fetch'

/**
 * Keeps a server that asks nobody from loading Node.js's `fetch`, which is 12 MB. Two things load it without using it: an
 * `import` of `node:http`, which reads every export, the WebSocket of `fetch` among them; and Koa, which asks of every
 * JSON body whether it is a `Response`. Whoever does call `fetch` still gets it.
 */
export function withoutFetch(): Plugin {
  return {
    name: 'without-fetch',
    resolveId: (id, _importer, { kind }) =>
      (id === 'node:http' || id === 'http') && kind !== 'require-call' ? VIRTUAL : undefined,
    load: (id) => (id === VIRTUAL ? httpByName() : undefined),
    transform: (code, id) =>
      /[/\\]koa[/\\]lib[/\\](?:application|response)\.js$/.test(id)
        ? { code: withoutResponse(code, id), map: null }
        : undefined,
  }
}

/** The same module, of which only those exports are read that are plain values. */
function httpByName(): string {
  const names = Object.entries(Object.getOwnPropertyDescriptors(http))
    .filter(([, descriptor]) => 'value' in descriptor)
    .map(([name]) => name)
  return `const http = process.getBuiltinModule('node:http')
export default http
export const { ${names.join(', ')} } = http`
}

/** No body of ours is one. Fails when Koa asks in other words than these, since then nothing is spared. */
function withoutResponse(code: string, id: string): string {
  const question = /\b\w+ instanceof Response\b/g
  if (code.search(question) === -1) throw new Error(`${id} does not ask for a Response any more`)
  // As long as what was there: source maps stay right.
  return code.replaceAll(question, (asked) => 'false'.padEnd(asked.length))
}
