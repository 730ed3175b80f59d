import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { expect, it } from 'vitest'

const SOURCES = resolve(import.meta.dirname, '../src')

/** What each folder may import of the others, and of the files beside the folders. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  token: ['error.ts'],
  issuer: ['token', 'error.ts', 'options.ts'],
  adapters: ['token', 'error.ts', 'options.ts', 'verifier.ts'],
}

function importsOf(file: string): readonly string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/^ *\*.*$/gm, '')
  return [...text.matchAll(/from '(\.[^']+)'/g)].map(([, specifier]) => resolve(dirname(file), specifier!))
}

it.each(Object.entries(MAY_IMPORT))('%s imports of the others only what it may', (folder, allowed) => {
  const files = readdirSync(join(SOURCES, folder)).filter((name) => !name.endsWith('.test.ts'))

  const imported = files
    .flatMap((name) => importsOf(join(SOURCES, folder, name)))
    .map((path) => relative(SOURCES, path).split('/')[0]!)

  expect(imported.length).toBeGreaterThan(0)
  expect([...new Set(imported)].filter((name) => name !== folder && !allowed.includes(name))).toEqual([])
})
