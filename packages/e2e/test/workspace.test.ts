import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './support/processes.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const manifest = JSON.parse(read('package.json'))

describe('what everything is run by', () => {
  it('is the Node.js that is installed, also where native bindings are chosen', () => {
    const [, nodeVersion] = /^nodeVersion: (\S+)$/m.exec(read('pnpm-workspace.yaml')) ?? []

    expect(nodeVersion).toBe(manifest.devDependencies.node)
  })

  it('is one pnpm: Corepack wants its version in full, and the images name the same', () => {
    const { version } = manifest.devEngines.packageManager

    expect(version).toMatch(/^\d+\.\d+\.\d+$/)
    for (const app of ['auth-server', 'resource-server']) {
      const named = read(`apps/${app}/Dockerfile`).match(/pnpm@[\w.]+/g) ?? []
      expect(new Set(named)).toEqual(new Set([`pnpm@${version}`]))
    }
  })

  it('refuses by its version a pnpm that installs nothing by itself', () => {
    expect(manifest.engines).toEqual({ pnpm: '>=10' })
  })
})
