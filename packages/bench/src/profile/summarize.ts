/** The parts of a `.cpuprofile` that are read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: {
      readonly functionName: string
      readonly url: string
      readonly lineNumber: number
      readonly columnNumber: number
    }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** A part of the busy time of the process: where it was spent, and how much. */
export interface Share {
  readonly name: string
  readonly share: number
}

/** The functions in which an idle thread waits: the event loop, and a worker of piscina. */
const IDLE: readonly string[] = ['(idle)', 'atomicsWaitLoop']

/** Self time by function and by package, the largest first, without idle time. */
export function summarizeProfile(profile: CpuProfile): {
  readonly functions: readonly Share[]
  readonly packages: readonly Share[]
} {
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
  const functions = new Map<string, number>()
  const packages = new Map<string, number>()
  let total = 0
  for (const [index, id] of profile.samples.entries()) {
    const frame = frames.get(id)
    if (!frame || IDLE.includes(frame.functionName)) continue
    const time = profile.timeDeltas[index] ?? 0
    const from = packageOf(frame.url)
    add(packages, from, time)
    add(functions, `${frame.functionName || '(anonymous)'}  ${from} ${placeOf(frame)}`, time)
    total += time
  }
  return { functions: sharesOf(functions, total), packages: sharesOf(packages, total) }
}

/** `node:` modules by name, dependencies by package name, our own code by app or package and file. */
function packageOf(url: string): string {
  if (url === '') return '(native)'
  if (url.startsWith('node:')) return url.replace(/^(node:(?:internal\/)?[^/]+).*$/, '$1')
  const dependency = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url)?.[1]
  if (dependency !== undefined) return dependency
  return /((?:apps|packages)\/[^/]+)\//.exec(url)?.[1] ?? url
}

function placeOf({
  url,
  lineNumber,
}: {
  readonly url: string
  readonly lineNumber: number
  readonly columnNumber: number
}): string {
  return url === '' ? '' : `${url.split('/').at(-1)}:${lineNumber + 1}`
}

function add(sums: Map<string, number>, name: string, time: number): void {
  sums.set(name, (sums.get(name) ?? 0) + time)
}

function sharesOf(sums: ReadonlyMap<string, number>, total: number): readonly Share[] {
  return [...sums].map(([name, time]) => ({ name, share: time / total })).sort((a, b) => b.share - a.share)
}
