import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'

const run = promisify(execFile)
const PACKAGE = resolve(import.meta.dirname, '..')
const { exports: EXPORTS } = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as {
  exports: Record<string, { 'countersign-source': string }>
}

interface Example {
  /** The entry point and the symbol, as a name for a file. */
  readonly name: string
  /** `undefined` when the symbol has none. */
  readonly code: string | undefined
}

/** The names a file exports, each with the file that declares it. */
function exportsOf(file: string): readonly (readonly [name: string, declaredIn: string])[] {
  const text = readFileSync(file, 'utf8')
  const own = [...text.matchAll(/^export (?:async )?(?:function|class|interface|type|const) (\w+)/gm)].map(
    ([, name]) => [name!, file] as const,
  )
  const others = [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '([^']+)'/gm)].flatMap(
    ([, names, from]) =>
      names!
        .split(',')
        .map((name) => name.replace(/^\s*type\s/, '').trim())
        .filter((name) => name !== '')
        .map((name) => [name, join(dirname(file), from!)] as const),
  )
  return [...own, ...others]
}

/** The `@example` in the comment right above the declaration of a symbol. */
function exampleOf(name: string, file: string): string | undefined {
  const text = readFileSync(file, 'utf8')
  const at = text.search(
    new RegExp(`^export (?:async )?(?:function|class|interface|type|const) ${name}\\b`, 'm'),
  )
  if (at < 0) throw new Error(`${file} does not declare ${name}`)
  const comment = /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n$/.exec(text.slice(0, at))?.[1] ?? ''
  const [, example] = comment.split(/^ \* @example\n/m)
  return example?.replaceAll(/^ \* ?/gm, '').trim()
}

const EXAMPLES: readonly Example[] = Object.entries(EXPORTS).flatMap(
  ([entry, { 'countersign-source': source }]) =>
    exportsOf(join(PACKAGE, source)).map(([name, file]) => ({
      name: `${entry.replace(/^\.\/?/, '') || 'index'}-${name}`,
      code: exampleOf(name, file),
    })),
)

/** Inside the package, so that its own name leads to its sources. */
let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(PACKAGE, '.examples-'))
  const files = EXAMPLES.map(({ name, code }, n) => {
    // Numbered, because some names differ only in case.
    writeFileSync(join(folder, `${n}-${name}.ts`), `${code}\nexport {}\n`)
    return `./${n}-${name}.ts`
  })
  writeFileSync(join(folder, 'all.ts'), files.map((file) => `await import('${file}')\n`).join(''))
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** The examples use less strict rules than our sources: they are read, and a reader's project may have any. */
const TSCONFIG = {
  extends: '../../../tsconfig.base.json',
  compilerOptions: { noImplicitReturns: false },
  include: ['*.ts', '../src/adapters/express.ts'],
}

it('every symbol of every entry point has an example', () => {
  expect(EXAMPLES.length).toBeGreaterThan(30)
  expect(EXAMPLES.filter(({ code }) => !code).map(({ name }) => name)).toEqual([])
})

it('every example compiles', async () => {
  const compiled = run(join(PACKAGE, 'node_modules/.bin/tsc'), ['-p', folder])

  expect(
    await compiled.then(
      ({ stdout }) => stdout,
      ({ stdout }) => stdout,
    ),
  ).toBe('')
})

it('every example runs, and what it asserts is true', async () => {
  const { stdout, stderr } = await run(
    process.execPath,
    ['--conditions=countersign-source', '--disable-warning=ExperimentalWarning', join(folder, 'all.ts')],
    { timeout: 30_000 },
  )

  expect({ stdout, stderr }).toEqual({ stdout: '', stderr: '' })
})
