import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { ROOT } from './support/processes.ts'

const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')
const APPS = ['auth-server', 'resource-server'] as const

/** What is copied from the repository: not from another stage, and less the place it is copied to. */
function sourcesOf(dockerfile: string): readonly string[] {
  return [...dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm)].flatMap(([, paths]) => paths!.split(' '))
}

describe.each(APPS)('the image of %s', (app) => {
  const dockerfile = read(`apps/${app}/Dockerfile`)

  it('copies what is there and not ignored', () => {
    const sources = sourcesOf(dockerfile)
    const ignored = read('.dockerignore').split('\n')

    expect(sources).toContain('pnpm-lock.yaml')
    expect(sources.filter((path) => !existsSync(join(ROOT, path)) || ignored.includes(path))).toEqual([])
  })

  it('runs what the build makes, as somebody else than root', () => {
    const bundled = read(`apps/${app}/bundle.ts`)
    const named = [...dockerfile.matchAll(/dist\/([\w/]+)\.js/g)].map(([, entry]) => entry!)

    expect(named).toContain('main')
    for (const entry of named) expect(bundled).toMatch(new RegExp(`\\b${entry}\\b'?: 'src/${entry}\\.ts'`))
    expect(dockerfile.lastIndexOf('\nUSER node\n')).toBeGreaterThan(dockerfile.lastIndexOf('\nFROM '))
  })

  it('asks in its health check on the port it listens on', () => {
    const [, exposed] = /^EXPOSE (\d+)$/m.exec(dockerfile) ?? []

    expect(dockerfile).toContain(`_PORT || ${exposed}}/readyz`)
  })
})
