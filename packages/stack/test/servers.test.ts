import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { type ServerCommand, startServers } from '../src/servers.ts'

/** Says that it is up, and writes down every signal it gets. */
const PRELUDE = `
const { appendFileSync, writeFileSync } = require('node:fs')
const note = (line) => appendFileSync(process.env.NOTES, line + '\\n')
`
const ENDS_WHEN_ASKED = `${PRELUDE}
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => { note(signal); setTimeout(() => process.exit(0), 50) })
}
setInterval(() => {}, 1000)
note('up')`
const IGNORES_SIGNALS = ENDS_WHEN_ASKED.replace('process.exit(0)', '0')
const FAILS_WHEN_ASKED = ENDS_WHEN_ASKED.replace('process.exit(0)', 'process.exit(3)')
const ENDS_WHEN_TOLD = `${PRELUDE}
setInterval(() => { if (require('node:fs').existsSync(process.env.NOTES + '.end')) process.exit(7) }, 10)
note('up')`

/** Starts children that run these scripts, and waits until they are up. */
async function start(scripts: Readonly<Record<string, string>>, killAfter?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'countersign-stack-'))
  const notesOf = (name: string) => join(folder, name)
  const commands = Object.entries(scripts).map(
    ([name, script]): ServerCommand => ({
      name,
      args: ['-e', script],
      cwd: folder,
      env: { ...process.env, NOTES: notesOf(name) },
    }),
  )
  const servers = startServers(commands, killAfter)
  onTestFinished(async () => {
    servers.stop('SIGTERM')
    await servers.ended
    rmSync(folder, { recursive: true })
  })

  await vi.waitUntil(() => Object.keys(scripts).every((name) => existsSync(notesOf(name))), 10_000)
  return {
    ...servers,
    notes: (name: string) => readFileSync(notesOf(name), 'utf8').trim().split('\n'),
    tellToEnd: (name: string) => writeFileSync(`${notesOf(name)}.end`, ''),
  }
}

it('forwards one signal, and only one', async () => {
  const servers = await start({ one: ENDS_WHEN_ASKED, other: ENDS_WHEN_ASKED })

  servers.stop('SIGINT')
  servers.stop('SIGTERM')

  expect(await servers.ended).toBeUndefined()
  expect([servers.notes('one'), servers.notes('other')]).toEqual([
    ['up', 'SIGINT'],
    ['up', 'SIGINT'],
  ])
})

it('stops the others when one ends by itself, and says which', async () => {
  const servers = await start({ one: ENDS_WHEN_TOLD, other: ENDS_WHEN_ASKED })

  servers.tellToEnd('one')

  expect(await servers.ended).toBe('one ended by itself (exit code 7).')
  expect(servers.notes('other')).toEqual(['up', 'SIGTERM'])
})

it('says which one did not stop cleanly', async () => {
  const servers = await start({ one: ENDS_WHEN_ASKED, other: FAILS_WHEN_ASKED })

  servers.stop('SIGTERM')

  expect(await servers.ended).toBe('other did not stop cleanly (exit code 3).')
})

it('kills one that does not stop', async () => {
  const servers = await start({ one: ENDS_WHEN_ASKED, other: IGNORES_SIGNALS }, 300)

  servers.stop('SIGTERM')

  expect(await servers.ended).toBe('other did not stop in time and was killed.')
})

it('counts a child that the signal itself has ended as stopped', async () => {
  const servers = await start({ one: `${PRELUDE} setInterval(() => {}, 1000); note('up')` })

  servers.stop('SIGINT')

  expect(await servers.ended).toBeUndefined()
})
