import { expect, it } from 'vitest'
import { summarizeProfile } from './summarize.ts'

it('adds up self time by function and by package, without idle time', () => {
  const node = (id: number, functionName: string, url: string) => ({
    id,
    callFrame: { functionName, url, lineNumber: 9, columnNumber: 0 },
  })
  const { functions, packages } = summarizeProfile({
    nodes: [
      node(1, '(idle)', ''),
      node(2, 'verify', 'file:///srv/packages/access-token-verifier/dist/verifier.js'),
      node(3, 'compose', 'file:///srv/node_modules/.pnpm/koa@3/node_modules/koa/lib/application.js'),
      node(4, '', 'file:///srv/node_modules/.pnpm/koa@3/node_modules/koa/lib/context.js'),
    ],
    samples: [1, 2, 3, 4, 2],
    timeDeltas: [1000, 30, 20, 20, 30],
  })

  expect(functions).toEqual([
    { name: 'verify  packages/access-token-verifier verifier.js:10', share: 0.6 },
    { name: 'compose  koa application.js:10', share: 0.2 },
    { name: '(anonymous)  koa context.js:10', share: 0.2 },
  ])
  expect(packages).toEqual([
    { name: 'packages/access-token-verifier', share: 0.6 },
    { name: 'koa', share: 0.4 },
  ])
})
