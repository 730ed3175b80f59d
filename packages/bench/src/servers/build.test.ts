import { expect, it } from 'vitest'
import { ROOT } from '../process/paths.ts'
import { mainOf, readBaseline, THIS_BUILD } from './build.ts'

it('is no baseline when nothing says so', async () => {
  expect(await readBaseline({})).toBeUndefined()
})

it('is another checkout with its own flags', async () => {
  const baseline = await readBaseline({ BENCH_BASELINE: '.' })

  expect(baseline).toEqual(THIS_BUILD)
  expect(mainOf(THIS_BUILD, 'auth-server')).toBe(`${ROOT}/apps/auth-server/dist/main.js`)
})

it('has the flags that are set, of this checkout when there is no other, even none', async () => {
  const flags = ['--max-semi-space-size=16', '--liftoff-only']

  expect(await readBaseline({ BENCH_BASELINE_FLAGS: flags.join(' ') })).toEqual({
    root: ROOT,
    nodeFlags: { 'auth-server': flags, 'resource-server': flags },
  })
  expect((await readBaseline({ BENCH_BASELINE: '/elsewhere', BENCH_BASELINE_FLAGS: '' }))?.nodeFlags).toEqual(
    {
      'auth-server': [],
      'resource-server': [],
    },
  )
})
