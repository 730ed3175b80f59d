import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { countOAuth } from '@countersign/auth-server/count-oauth'
import { addGauges } from '@countersign/auth-server/metrics'
import { SECURITY_EVENTS } from '@countersign/auth-server/oauth-error'
import { createMetrics } from '@countersign/http-service'
import { countRefusals } from '@countersign/resource-server/middleware'
import { describe, expect, it } from 'vitest'
import { ROOT } from './support/processes.ts'

const OPERATIONS = readFileSync(join(ROOT, 'docs/operations.md'), 'utf8')
const ALERTS = readFileSync(join(ROOT, 'docs/monitoring/alerts.yml'), 'utf8')

/** What stands first in the rows of a table. */
function firstColumn(heading: string): readonly string[] {
  const section = OPERATIONS.split(`${heading}\n`)[1]?.split('\n#')[0] ?? ''
  return [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!)
}

/** All that both servers measure, with the labels of our own: read off the real thing. */
async function metricsThereAre(): Promise<readonly { name: string; type: string }[]> {
  const metrics = await createMetrics()
  countOAuth(metrics)
  countRefusals(metrics)
  addGauges(metrics, {
    keyRing: { activeSince: () => 0 },
    passwordHasher: { queueLength: () => 0 },
    now: () => 0,
  })
  const text = await metrics.registry.metrics()
  return [...text.matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name: name!, type: type! }))
}

const ofNode = (name: string) => /^(process|nodejs)_/.test(name)

describe('the security events', () => {
  it('are described, each of them and no other', () => {
    expect(firstColumn('### Security events').toSorted()).toEqual(SECURITY_EVENTS.toSorted())
  })

  it('are a closed set: nobody logs another', () => {
    const sources = ['apps', 'packages'].flatMap((parent) =>
      readdirSync(join(ROOT, parent)).flatMap((name) => typeScriptIn(join(ROOT, parent, name, 'src'))),
    )
    const logged = sources.flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\bevent: '(\w+)'/g)].map(([, name]) => name!),
    )

    expect(new Set(logged).size).toBeGreaterThan(4)
    expect(logged.filter((name) => !(SECURITY_EVENTS as readonly string[]).includes(name))).toEqual([])
  })
})

describe('the metrics', () => {
  it('are described, each of ours and no other', async () => {
    const ours = (await metricsThereAre()).map(({ name }) => name).filter((name) => !ofNode(name))

    const described = firstColumn('## Metrics').map((name) => name.replace(/\{.*/, ''))

    expect(described.toSorted()).toEqual(ours.toSorted())
  })

  it('are all that the alerting rules ask for', async () => {
    const known = (await metricsThereAre()).flatMap(({ name, type }) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    )

    const asked = [...ALERTS.matchAll(/expr: (.*)$/gm)].flatMap(([, expression]) => namesIn(expression!))

    expect(asked.length).toBeGreaterThan(7)
    // `up` is Prometheus's own, of every server it reads.
    expect(asked.filter((name) => name !== 'up' && !known.includes(name))).toEqual([])
  })
})

/** The metrics a PromQL expression names: words that are no labels, no functions and no operators. */
function namesIn(expression: string): readonly string[] {
  const bare = expression.replace(/\{[^}]*\}|\[[^\]]*\]|\b(?:by|without) \([^)]*\)/g, ' ')
  return [...bare.matchAll(/\b([a-z]\w*)\b(?!\s*\()/g)]
    .map(([, word]) => word!)
    .filter((word) => !['sum', 'max', 'and', 'or', 'unless'].includes(word))
}

function typeScriptIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => join(folder, file))
  } catch {
    return []
  }
}
