import { describe, expect, it, onTestFinished } from 'vitest'
import { hasCurl, paste, translate } from './support/curl.ts'
import { freePort, listenOn, temporaryFolder } from './support/places.ts'
import { type RunningProcess, runNodeGroup, type Settings, TEST_TIMEOUT_MS } from './support/processes.ts'

const START = 'packages/stack/src/start.ts'
const READY = 'Countersign is ready.'

/** Two ports and a data folder; everything else is for the start to derive. */
async function aStack() {
  const [authPort, resourcePort] = [await freePort(), await freePort()]
  const folder = temporaryFolder()
  const settings: Settings = {
    AUTH_PORT: String(authPort),
    RESOURCE_PORT: String(resourcePort),
    AUTH_DATABASE_URL: `sqlite:${folder}/auth.db`,
    AUTH_PASSWORD_COST: '4',
  }
  return { authPort, resourcePort, folder, settings }
}

const untilWelcome = (stack: RunningProcess) =>
  stack.until(() => stack.stdout().includes('Ctrl-C stops both.'))

const curlLines = (stack: RunningProcess) =>
  stack
    .stdout()
    .split('\n')
    .filter((line) => line.startsWith('curl '))

/** True when nobody listens there any more. */
async function isFree(port: number): Promise<boolean> {
  const server = await listenOn(port)
  server?.close()
  return server !== undefined
}

describe('the start', () => {
  it('runs two stacks side by side, whose printed lines work as they are', {
    timeout: 2 * TEST_TIMEOUT_MS,
  }, async () => {
    const places = [await aStack(), await aStack()]
    const stacks = places.map(({ settings }) => runNodeGroup([START], settings))
    await Promise.all(stacks.map(untilWelcome))

    for (const [index, stack] of stacks.entries()) {
      const { authPort, resourcePort, folder } = places[index]!
      expect(stack.stdout()).toContain(`authorization server  http://127.0.0.1:${authPort}\n`)
      expect(stack.stdout()).toContain(`resource server       http://127.0.0.1:${resourcePort}\n`)
      expect(stack.stdout()).toContain(`data                  ${folder}/auth.db\n`)

      const lines = curlLines(stack)
      const answers = await Promise.all(lines.map(translate))
      // The same by hand, wherever there is a curl: then the quoting is right as well.
      const pasted = hasCurl() ? await Promise.all(lines.map(paste)) : answers
      const expected = [
        expect.objectContaining({ token_type: 'Bearer', scope: 'profile' }),
        expect.objectContaining({ username: 'alice', full_name: 'Alice Wonderland' }),
      ]
      expect([answers, pasted]).toEqual([expected, expected])
    }

    for (const stack of stacks) stack.kill('SIGTERM')
    expect(await Promise.all(stacks.map((stack) => stack.ended))).toEqual([
      { code: 0, signal: null },
      { code: 0, signal: null },
    ])
    expect(stacks.map((stack) => stack.stderr())).toEqual(['', ''])
    const ports = places.flatMap(({ authPort, resourcePort }) => [authPort, resourcePort])
    expect(await Promise.all(ports.map(isFree))).toEqual([true, true, true, true])
  })

  it('forwards one signal, however many come', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings } = await aStack()
    const stack = runNodeGroup([START], settings)
    await untilWelcome(stack)

    for (const signal of ['SIGINT', 'SIGINT', 'SIGTERM'] as const) stack.kill(signal)

    expect(await stack.ended).toEqual({ code: 0, signal: null })
    // Which of them it was is the system's choice: signals that wait together have no order.
    const forwarded = stack.stdout().match(/"signal":"SIG\w+"/g) ?? []
    expect(forwarded).toHaveLength(2)
    expect(forwarded[0]).toBe(forwarded[1])
  })

  it.each([[[START]], [[START, 'dev']]])(
    'ends on Ctrl-C, which reaches every process at once: %j',
    {
      timeout: 2 * TEST_TIMEOUT_MS,
    },
    async (args) => {
      const { settings, authPort, resourcePort } = await aStack()
      const stack = runNodeGroup(args, settings)
      await untilWelcome(stack)

      process.kill(-stack.pid, 'SIGINT')

      expect(await stack.ended).toEqual({ code: 0, signal: null })
      expect(stack.stdout().match(/"msg":"stopped"/g)).toHaveLength(2)
      expect([await isFree(authPort), await isFree(resourcePort)]).toEqual([true, true])
    },
  )

  it('ends both when one does not start, and says which', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings, authPort, resourcePort } = await aStack()
    const stack = runNodeGroup([START], { ...settings, AUTH_KEY_SIZE: '1' })

    expect(await stack.ended).toEqual({ code: 1, signal: null })
    expect(stack.stderr()).toMatch(/AUTH_KEY_SIZE .*\nauth-server ended by itself \(exit code 1\)\.\n$/)
    expect(stack.stdout()).not.toContain(READY)
    expect([await isFree(authPort), await isFree(resourcePort)]).toEqual([true, true])
  })

  it('says at once that a port is taken', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings, resourcePort } = await aStack()
    const squatter = await listenOn(resourcePort)
    onTestFinished(() => void squatter?.close())

    const stack = runNodeGroup([START], settings)

    expect(await stack.ended).toEqual({ code: 1, signal: null })
    expect(stack.stderr()).toBe(
      `Something else listens on http://127.0.0.1:${resourcePort}: stop it, or set RESOURCE_PORT to another port.\n`,
    )
    expect(stack.stdout()).toBe('')
  })

  it('refuses a second stack on the same data, until the first is gone', {
    timeout: 2 * TEST_TIMEOUT_MS,
  }, async () => {
    const [first, second] = [await aStack(), await aStack()]
    const { AUTH_DATABASE_URL } = first.settings
    const stack = runNodeGroup([START], first.settings)
    await untilWelcome(stack)

    const refused = runNodeGroup([START], { ...second.settings, AUTH_DATABASE_URL: AUTH_DATABASE_URL! })

    expect(await refused.ended).toEqual({ code: 1, signal: null })
    expect(refused.stderr()).toBe(
      `Another stack uses ${first.folder}/auth.db: give this one other ports and another folder, ` +
        'AUTH_PORT=9000 RESOURCE_PORT=9001 AUTH_DATABASE_URL=sqlite:./data-2/auth.db npx -y pnpm start\n',
    )
    stack.kill('SIGKILL')
    await stack.ended
    await untilWelcome(runNodeGroup([START], { ...second.settings, AUTH_DATABASE_URL: AUTH_DATABASE_URL! }))
  })

  it('is reached where it is told to listen', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings, authPort } = await aStack()
    const stack = runNodeGroup([START], { ...settings, AUTH_HOST: '::1' })
    await untilWelcome(stack)

    expect(stack.stdout()).toContain(`"issuer":"http://[::1]:${authPort}"`)
    const unquoted = curlLines(stack).map((line) => line.replace(/'(http[^']*)'/g, '$1'))
    const answers = await Promise.all(unquoted.map(translate))
    expect(answers[1]).toMatchObject({ username: 'alice' })
  })

  it.each([[[START]], [[START, 'dev']]])(
    'leaves no server behind when it is killed: %j',
    { timeout: 2 * TEST_TIMEOUT_MS },
    async (args) => {
      const { settings, authPort, resourcePort } = await aStack()
      const stack = runNodeGroup(args, settings)
      await untilWelcome(stack)

      stack.kill('SIGKILL')
      // Resolves when the last one has closed the output they share.
      await stack.ended

      expect([await isFree(authPort), await isFree(resourcePort)]).toEqual([true, true])
      expect(stack.stdout().match(/"msg":"stopped"/g)).toHaveLength(2)
    },
  )

  it('stops when whoever started it is gone', { timeout: TEST_TIMEOUT_MS }, async () => {
    const { settings, authPort, resourcePort } = await aStack()
    const script = `require('node:child_process').spawn(process.execPath, ['${START}'], { stdio: 'inherit' })`
    const parent = runNodeGroup(['-e', script], settings)
    await untilWelcome(parent)

    parent.kill('SIGKILL')
    // Resolves when the last one has closed the output they share.
    await parent.ended

    expect([await isFree(authPort), await isFree(resourcePort)]).toEqual([true, true])
    expect(parent.stdout().match(/"msg":"stopped"/g)).toHaveLength(2)
  })

  it('runs from the sources as well', { timeout: 2 * TEST_TIMEOUT_MS }, async () => {
    const { settings } = await aStack()
    const stack = runNodeGroup([START, 'dev'], settings)
    await untilWelcome(stack)

    const answers = await Promise.all(curlLines(stack).map(translate))
    stack.kill('SIGINT')

    expect(answers[1]).toMatchObject({ username: 'alice' })
    expect(await stack.ended).toEqual({ code: 0, signal: null })
  })
})
