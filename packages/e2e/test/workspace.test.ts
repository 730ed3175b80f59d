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

  it('is the same where the tools of the tests are chosen', () => {
    const versionIn = (path: string) => /^nodeVersion: (\S+)$/m.exec(read(path))?.[1]

    expect(versionIn('packages/test-tools/pnpm-workspace.yaml')).toBe(versionIn('pnpm-workspace.yaml'))
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

describe('what is installed', () => {
  it('to start and in an image holds nothing that only tests need', () => {
    const tools = Object.keys(JSON.parse(read('packages/test-tools/package.json')).dependencies)
    const named = (path: string) => tools.filter((tool) => read(path).includes(`${tool}@`))

    expect(named('packages/test-tools/pnpm-lock.yaml')).toEqual(tools)
    expect(named('pnpm-lock.yaml')).toEqual([])
  })

  it.each(['pnpm-lock.yaml', 'packages/test-tools/pnpm-lock.yaml', 'packages/bench/peers/pnpm-lock.yaml'])(
    'comes, by %s, from whichever registry the caller has',
    (path) => {
      expect(read(path)).not.toMatch(/https?:/)
    },
  )
})
