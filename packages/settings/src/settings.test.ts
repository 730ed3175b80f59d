import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { readEnvironment } from './environment.ts'
import { duration, oneOf, port, text, wholeNumber } from './setting-types.ts'
import { readSettings, type Settings, unknownSettings } from './settings.ts'
import { settingsTable } from './settings-table.ts'

const SETTINGS = {
  HOST: { schema: text, default: '127.0.0.1', description: 'The address.' },
  PORT: { schema: port, defaultInWords: 'the next one', description: 'The port.' },
  SECRET: { schema: wholeNumber(1, 9), secret: true, description: 'A secret.' },
} as const satisfies Settings

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

describe('settings', () => {
  it('are read as their schema says, with their defaults', () => {
    const problems: string[] = []

    const values = readSettings(SETTINGS, { root: '/', env: { PORT: '80', HOST: '' } }, problems)

    expect(values).toEqual({ HOST: '127.0.0.1', PORT: 80, SECRET: undefined })
    expect(problems).toEqual([])
  })

  it('repeat no wrong value in the problem: it may be a secret under the wrong name', () => {
    const problems: string[] = []

    readSettings(SETTINGS, { root: '/', env: { PORT: 'hunter3', SECRET: 'hunter2' } }, problems)

    expect(problems).toEqual([
      'PORT must be a whole number from 1 to 65535.',
      'SECRET must be a whole number from 1 to 9.',
    ])
  })

  it('are told from names that only look like them', () => {
    const env = { MY_HOST: 'a', MY_HOTS: 'b', MY_SECRET_FILE: 'c', MY_HOST_FILE: 'd', PATH: 'e' }
    const settings = { MY_HOST: SETTINGS.HOST, MY_SECRET: SETTINGS.SECRET }

    expect(unknownSettings(settings, { root: '/', env }, 'MY_')).toEqual(['MY_HOTS', 'MY_HOST_FILE'])
  })

  it('are documented from the same table', () => {
    expect(settingsTable(SETTINGS)).toBe(
      [
        '| Setting | Default | |',
        '| --- | --- | --- |',
        '| `HOST` | `127.0.0.1` | The address. |',
        '| `PORT` | the next one | The port. |',
        '| `SECRET`, `SECRET_FILE` | none | A secret. |',
        '',
      ].join('\n'),
    )
  })
})

describe('a duration', () => {
  it.each([
    ['45s', 45],
    ['30m', 1800],
    ['12h', 43_200],
    ['90d', 7_776_000],
  ])('%s is %i seconds', (written, seconds) => {
    expect(duration.parse(written)).toBe(seconds)
  })

  it.each(['30', '0s', '-5m', '1w', '1.5h', ' 5m'])('is not %j', (written) => {
    expect(duration.safeParse(written).success).toBe(false)
  })
})

describe('one of a few words', () => {
  it('names them all when it is another', () => {
    expect(oneOf(['on', 'off']).safeParse('maybe').error?.issues[0]?.message).toBe('must be one of on, off')
  })
})

describe('the environment', () => {
  it('adds the .env file of the workspace root, where the process says nothing', () => {
    const root = temporaryFolder()
    const module = join(root, 'apps', 'one', 'dist')
    mkdirSync(module, { recursive: true })
    writeFileSync(join(root, 'pnpm-workspace.yaml'), '')
    writeFileSync(join(root, 'apps', 'one', 'package.json'), '{}')
    writeFileSync(join(root, '.env'), 'A=file\nB=file\nC=file\n')

    const environment = readEnvironment({ A: 'process', B: '' }, module)

    expect(environment).toEqual({ root, env: { A: 'process', B: 'file', C: 'file' } })
  })

  it('starts at the package in an image, where there is no workspace', () => {
    const root = temporaryFolder()
    mkdirSync(join(root, 'dist'))
    writeFileSync(join(root, 'package.json'), '{}')

    expect(readEnvironment({}, join(root, 'dist'))).toEqual({ root, env: {} })
  })
})
