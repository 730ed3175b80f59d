import { describe, expect, it } from 'vitest'
import { aKey } from './support/signing-key.ts'
import { aListToken, LIST, list, listOf, openStatusScene, type StatusScene } from './support/status-list.ts'
import { hang, status } from './support/test-issuer.ts'
import { NOW } from './support/token.ts'

const key = aKey('one')
const REVOKED = { claims: { iat: NOW + 1, exp: NOW + 1e6, status_list: listOf([0b1001]) } }
/** Longer than a list of 5 seconds stays in use without a request. */
const IDLE = 120_000

/** The issuer takes the next question, and answers with this list when the returned function is called. */
function holdAnswer({ issuer, uri }: StatusScene, changes = REVOKED): () => void {
  let answer = () => {}
  issuer.answer(LIST, (response, request) => {
    answer = () => list(aListToken(uri, key, changes))(response, request)
  })
  return () => answer()
}

/** A scene whose list was asked for once, long ago, and is not in use any more. */
async function openIdleScene(): Promise<StatusScene> {
  const scene = await openStatusScene(key)
  await scene.statusAt(0)
  scene.stopwatch.advance(IDLE)
  return scene
}

describe('a list that is older than twice its ttl', () => {
  it('is not believed until the issuer has answered, however slow it is', async () => {
    const scene = await openIdleScene()
    const before = scene.issuer.count(LIST)
    const answer = holdAnswer(scene)

    const waiting = [scene.statusAt(0), scene.statusAt(0)]
    await expect.poll(() => scene.issuer.count(LIST)).toBe(before + 1)
    scene.stopwatch.advance(2999)
    answer()

    expect(await Promise.all(waiting)).toEqual([1, 1])
  })

  it('is believed after 3 seconds of waiting, once: from then on the issuer is away', async () => {
    const { issuer, stopwatch, statusAt } = await openIdleScene()
    const before = issuer.count(LIST)
    issuer.answer(LIST, hang)
    const waiting = statusAt(3)
    await expect.poll(() => issuer.count(LIST)).toBe(before + 1)

    stopwatch.advance(3000)

    expect(await waiting).toBe(1)
    for (let second = 0; second < 60; second++) {
      stopwatch.advance(1000)
      // Each of these begins or joins a fetch that hangs, and nothing moves the stopwatch while it is asked.
      expect(await statusAt(3)).toBe(1)
      await new Promise(setImmediate)
    }
  })

  it('is waited for again when the failure was long ago', async () => {
    const scene = await openIdleScene()
    scene.issuer.answer(LIST, status(500))
    expect(await scene.statusAt(0)).toBe(0)
    scene.stopwatch.advance(IDLE)
    await new Promise(setImmediate)
    const before = scene.issuer.count(LIST)
    const answer = holdAnswer(scene)

    const waiting = scene.statusAt(0)
    await expect.poll(() => scene.issuer.count(LIST)).toBe(before + 1)
    scene.stopwatch.advance(1000)
    answer()

    expect(await waiting).toBe(1)
  })

  it('does not make requests wait while the issuer answers with errors', async () => {
    const { issuer, stopwatch, statusAt } = await openIdleScene()
    issuer.answer(LIST, status(500))
    expect(await statusAt(3)).toBe(1)

    issuer.answer(LIST, hang)
    stopwatch.advance(250)

    expect(await statusAt(3)).toBe(1)
    expect(await statusAt(0)).toBe(0)
  })
})

describe('a list in use', () => {
  it('is fetched again at half its life without a request', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    await statusAt(0)
    publishList(REVOKED)

    stopwatch.advance(2500)
    await expect.poll(() => issuer.count(LIST)).toBe(2)

    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(2)
  })

  it.each([
    ['a minute', 5, 60_000],
    ['its life', 600, 600_000],
  ])('is so for %s after somebody has asked about it', async (_, ttl, duration) => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    publishList({ claims: { ttl, exp: NOW + 1e6 } })
    await statusAt(0)

    stopwatch.advance(duration)
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(issuer.count(LIST)).toBe(1)

    await statusAt(0)
    stopwatch.advance(duration - 1)
    await expect.poll(() => issuer.count(LIST)).toBe(3)
  })

  it('is asked for every 5 seconds without a request while the issuer is away', async () => {
    const { issuer, stopwatch, publishList, statusAt } = await openStatusScene(key)
    await statusAt(0)
    issuer.answer(LIST, status(500))
    stopwatch.advance(5000)
    expect(await statusAt(0)).toBe(0)

    publishList(REVOKED)
    stopwatch.advance(5000)

    await expect.poll(() => issuer.count(LIST)).toBe(3)
    await expect.poll(() => statusAt(0)).toBe(1)
    expect(issuer.count(LIST)).toBe(3)
  })

  it('is fetched no more once it is closed', async () => {
    const { issuer, statuses, stopwatch, statusAt } = await openStatusScene(key)
    await statusAt(3)

    statuses.close()
    for (let n = 0; n < 10; n++) stopwatch.advance(2500)
    await new Promise((resolve) => setTimeout(resolve, 50))

    expect(issuer.count(LIST)).toBe(1)
  })
})
