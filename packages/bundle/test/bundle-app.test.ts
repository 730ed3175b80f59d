import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { bundleApp } from '../src/bundle-app.ts'

/** An app of these files. */
function anApp(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  for (const [name, content] of Object.entries({ 'package.json': '{ "type": "module" }', ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), content)
  }
  return folder
}

/** A package as it is installed. */
const installed = (name: string, code: string) => ({
  [`node_modules/${name}/package.json`]: `{ "name": "${name}", "version": "1.2.3", "license": "MIT", "main": "index.js" }`,
  [`node_modules/${name}/index.js`]: code,
  [`node_modules/${name}/LICENSE`]: `${name} is by somebody.`,
})

const run = (folder: string) =>
  execFileSync(process.execPath, [join(folder, 'dist/main.js')], { encoding: 'utf8', stdio: 'pipe' })

it('takes in what is not external, with its license, and leaves out what is', async () => {
  const folder = anApp({
    'main.ts': `import taken from 'taken'; import external from 'external'; process.stdout.write(taken + external)`,
    ...installed('taken', `module.exports = 'one '`),
    ...installed('external', `module.exports = 'two'`),
  })

  await bundleApp({ folder, entries: { main: 'main.ts' }, external: ['external'] })
  rmSync(join(folder, 'node_modules/taken'), { recursive: true })

  expect(run(folder)).toBe('one two')
  const notices = readFileSync(join(folder, 'dist/THIRD-PARTY.txt'), 'utf8')
  expect(notices).toContain('== taken 1.2.3 (MIT)\n\ntaken is by somebody.')
  expect(notices).not.toContain('external')
})
