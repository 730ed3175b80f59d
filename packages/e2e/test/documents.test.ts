import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AUTH_SETTINGS } from '@countersign/auth-server/config'
import { RESOURCE_SETTINGS } from '@countersign/resource-server/config'
import { describe, expect, it } from 'vitest'
import { documents } from '../src/documents.ts'

const ROOT = join(import.meta.dirname, '../../..')
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8')

describe('the documents made from the code', () => {
  it.each(Object.entries(documents()))(
    '%s says what the code does now; else run: npx -y pnpm documents',
    (path, content) => {
      expect(read(path)).toBe(content)
    },
  )
})

describe('whoever names a setting', () => {
  const known = new Set([...Object.keys(AUTH_SETTINGS), ...Object.keys(RESOURCE_SETTINGS)])

  it.each(['README.md', 'apps/auth-server/Dockerfile', 'apps/resource-server/Dockerfile'])(
    '%s names one that exists',
    (path) => {
      const named = read(path).match(/\b(?:AUTH|RESOURCE)_[A-Z_]+\b/g) ?? []

      expect(named.length).toBeGreaterThan(0)
      expect(named.filter((name) => !known.has(name))).toEqual([])
    },
  )
})

describe('the README', () => {
  it('names the test command that is run for every change', () => {
    const command = read('.ci/run').trim().split('\n').at(-1)

    expect(command).toBe('npx -y pnpm test')
    expect(read('README.md')).toContain(`    ${command} `)
  })

  it('links to pages that are there', () => {
    const links = [...read('README.md').matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path!)

    expect(links.length).toBeGreaterThan(3)
    expect(links.filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })
})
