import type { Bench } from '../bench.ts'
import { type ComparisonOptions, comparisonTable } from '../report/comparison.ts'
import { formatNumber } from '../report/table.ts'
import type { Kind, Sample, Standing } from './sample.ts'
import { turnsOf } from './turns.ts'

/** A candidate in a comparison. */
export interface Candidate {
  readonly name: string
  readonly kind: Kind
  /** Prepares it and checks that it really does the work. Rejects with the reason why it must not be measured. */
  readonly prepare: () => Promise<ReadyCandidate>
}

/** A candidate that does the work. It is measured once per turn. */
export interface ReadyCandidate {
  readonly measure: () => Promise<Sample>
}

interface Entry {
  readonly candidate: Candidate
  readonly ready: ReadyCandidate | undefined
  readonly samples: Sample[]
  failed: string | undefined
}

/**
 * Measures candidates in turn, in both directions, and stores the table as it fills. A candidate that is not ready, or
 * fails under load, is listed with the reason and not measured again.
 */
export async function compete(
  bench: Bench,
  options: ComparisonOptions,
  candidates: readonly Candidate[],
): Promise<void> {
  const entries: Entry[] = []
  for (const candidate of candidates) entries.push(await enter(bench, candidate))
  keepTable(bench, options, entries)

  const turns = turnsOf(entries, bench.settings.rounds)
  for (const [index, entry] of turns.entries()) {
    bench.signal.throwIfAborted()
    await measure(bench, entry, `${options.title} ${index + 1}/${turns.length}`)
    keepTable(bench, options, entries)
  }
}

async function enter({ progress, signal }: Bench, candidate: Candidate): Promise<Entry> {
  const { name } = candidate
  try {
    const ready = await candidate.prepare()
    progress(`${name}: does the work`)
    return { candidate, ready, samples: [], failed: undefined }
  } catch (error) {
    signal.throwIfAborted()
    progress(`${name}: FAILED, ${reasonOf(error)}`)
    return { candidate, ready: undefined, samples: [], failed: reasonOf(error) }
  }
}

async function measure({ progress, signal }: Bench, entry: Entry, turn: string): Promise<void> {
  const { candidate, ready, samples } = entry
  if (!ready || entry.failed !== undefined) return
  try {
    const sample = await ready.measure()
    samples.push(sample)
    progress(`${turn}  ${candidate.name}: ${formatNumber(sample.perSecond, 1)}/s${warningOf(sample)}`)
  } catch (error) {
    signal.throwIfAborted()
    entry.failed = reasonOf(error)
    progress(`${turn}  ${candidate.name}: FAILED, ${entry.failed}`)
  }
}

function keepTable({ keep }: Bench, options: ComparisonOptions, entries: readonly Entry[]): void {
  const standings = entries.map(
    ({ candidate: { name, kind }, samples, failed }): Standing =>
      failed === undefined ? { name, kind, samples } : { name, kind, failed },
  )
  keep(comparisonTable(options, standings))
}

/** Above this share of its core the generator is the bottleneck, and the figure says too little about the server. */
const GENERATOR_LIMIT = 0.9

function warningOf({ generatorBusy }: Sample): string {
  return generatorBusy !== undefined && generatorBusy > GENERATOR_LIMIT
    ? ' (the load generator is the limit)'
    : ''
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
