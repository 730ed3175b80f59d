import { expect, it } from 'vitest'
import { deriveSettings } from './derive-settings.ts'
import type { Variables } from './environment.ts'
import { renderWelcome } from './welcome.ts'

const welcome = (variables: Variables) => renderWelcome(deriveSettings(variables, '/srv'))
const curlLines = (text: string) => text.split('\n').filter((line) => line.startsWith('curl'))

it('tells where both listen, where the data is, and two lines to paste', () => {
  expect(welcome({})).toBe(`
Countersign is ready.

  authorization server  http://127.0.0.1:8000
  resource server       http://127.0.0.1:8001
  data                  /srv/data/auth.db

Get an access token for alice:

curl -X POST http://127.0.0.1:8000/token -d "grant_type=password&username=alice&password=secret"

Read the profile with one:

curl http://127.0.0.1:8001/users/me -H "Authorization: Bearer $(curl -s -X POST http://127.0.0.1:8000/token -d "grant_type=password&username=alice&password=secret" | sed 's/.*"access_token":"\\([^"]*\\)".*/\\1/')"

Ctrl-C stops both.

`)
})

it('uses the addresses there are', () => {
  const lines = curlLines(welcome({ AUTH_HOST: '::', AUTH_PORT: '9000', RESOURCE_PORT: '9001' }))

  expect(lines[0]).toContain("curl -X POST 'http://[::1]:9000/token' -d")
  expect(lines[1]).toContain('curl http://127.0.0.1:9001/users/me -H')
  expect(lines[1]).toContain("$(curl -s -X POST 'http://[::1]:9000/token' -d")
})

it.each(['0.0.0.0', '::', '192.168.1.5'])('warns of the demo on %s, which others can reach', (host) => {
  expect(welcome({ AUTH_HOST: host })).toContain(
    `\nWarning: whoever reaches this machine at AUTH_HOST=${host} can`,
  )
  expect(welcome({ AUTH_HOST: host, AUTH_BOOTSTRAP_FILE: 'mine.json' })).not.toContain('Warning')
  expect(welcome({ AUTH_HOST: '::1' })).not.toContain('Warning')
})

it("names the demo's client when another one is the default", () => {
  expect(curlLines(welcome({ AUTH_DEFAULT_CLIENT: 'mine' }))[0]).toContain('password=secret&client_id=demo"')
})

it('says what to fill in without the demo', () => {
  const text = welcome({ AUTH_BOOTSTRAP_FILE: 'mine.json' })

  expect(text).toContain('fill in USERNAME, PASSWORD and CLIENT_ID:')
  expect(curlLines(text)[0]).toBe(
    'curl -X POST http://127.0.0.1:8000/token -d "grant_type=password&username=USERNAME&password=PASSWORD&client_id=CLIENT_ID"',
  )
})

it('asks for no client where there is a default one', () => {
  const text = welcome({ AUTH_BOOTSTRAP_FILE: 'mine.json', AUTH_DEFAULT_CLIENT: 'mine' })

  expect(text).toContain('fill in USERNAME and PASSWORD:')
  expect(text).not.toContain('client_id')
})
