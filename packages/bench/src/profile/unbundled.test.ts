import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, it, onTestFinished } from 'vitest'
import { unbundled } from './unbundled.ts'

it('tells a place in a bundled file as that in its source, and leaves others', () => {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-map-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  // The first column of the first line is the first column of the third line of the source.
  const map = { version: 3, sources: ['../src/verify.ts'], names: [], mappings: 'AAEA' }
  writeFileSync(join(folder, 'main.js.map'), JSON.stringify(map))
  const at = (url: string) => ({
    id: 1,
    callFrame: { functionName: 'verify', url, lineNumber: 0, columnNumber: 0 },
  })
  const bundle = pathToFileURL(join(folder, 'main.js')).href

  const { nodes } = unbundled({ nodes: [at(bundle), at('node:fs')], samples: [], timeDeltas: [] })

  expect(nodes.map(({ callFrame }) => [callFrame.url, callFrame.lineNumber])).toEqual([
    [new URL('../src/verify.ts', bundle).href, 2],
    ['node:fs', 0],
  ])
})
