import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'

/**
 * Takes `@countersign/shared` into `dist`, code and types, so that what is published is one package: copies it as it is
 * built, and lets whatever names it name the copy.
 */
const SHARED = '@countersign/shared'
const dist = join(import.meta.dirname, 'dist')
const copy = join(dist, 'shared')

rmSync(copy, { recursive: true, force: true })
for (const file of filesIn(dist)) {
  const text = readFileSync(file, 'utf8')
  const named = `./${relative(dirname(file), join(copy, 'index.js')).replaceAll('\\', '/')}`
  writeFileSync(file, text.replaceAll(`'${SHARED}'`, `'${named}'`))
}
cpSync(join(import.meta.dirname, '../shared/dist'), copy, { recursive: true })

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(?:js|d\.ts)$/.test(name))
    .map((name) => join(folder, name))
}
