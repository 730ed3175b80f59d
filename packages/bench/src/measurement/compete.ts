import type { Bench } from '../bench.ts'
import { watchOthers } from '../process/processor-time.ts'
import { inWorkspace, type Workspace } from '../process/workspace.ts'
import { type ComparisonOptions, comparisonTable } from '../report/comparison.ts'
import { formatNumber } from '../report/table.ts'
import type { Kind, Sample, Standing } from './sample.ts'
import { type WarmUp, type WarmUpReport, warmUp } from './steadiness.ts'
import { turnsOf } from './turns.ts'
import { judge, untilQuiet, type Verdict } from './verdict.ts'

/** A candidate in a comparison. */
export interface Candidate {
  readonly name: string
  readonly kind: Kind
  /** Starts a new process and checks that it really does the work. Rejects with the reason why it must not be measured. */
  readonly start: (workspace: Workspace) => Promise<Runner>
}

/** A process that does the work. */
export interface Runner {
  /** Absent when each window is a process of its own. */
  readonly pid?: number
  /** Absent when each window warms up by itself. */
  readonly warmUp?: WarmUp
  readonly runWindow: () => Promise<Sample>
}

interface Entry {
  readonly candidate: Candidate
  readonly samples: Sample[]
  readonly warmUps: WarmUpReport[]
  repeated: number
  disturbed: number
  /** The highest rate at which the generator was the limit. */
  outrunAt: number
  failed: string | undefined
}

/**
 * Measures candidates in their steady state and stores the table as it fills. In each generation all of them are new
 * processes, which are warmed up and then measured in turn, there and back. A candidate that does not start, or fails under
 * load, is listed with the reason and not measured again.
 */
export async function compete(
  bench: Bench,
  options: ComparisonOptions,
  candidates: readonly Candidate[],
): Promise<void> {
  const { windows, generations } = bench.settings
  const windowsEach = Math.ceil(windows / generations)
  const entries = candidates.map(
    (candidate): Entry => ({
      candidate,
      samples: [],
      warmUps: [],
      repeated: 0,
      disturbed: 0,
      outrunAt: 0,
      failed: undefined,
    }),
  )
  for (let generation = 1; generation <= generations; generation++) {
    const title = `${options.title}, generation ${generation}/${generations}`
    const keepTable = () => bench.keep(comparisonTable(options, entries.map(standingOf)))
    await inWorkspace((workspace) =>
      runGeneration(bench, workspace, { title, entries, windowsEach, keepTable }),
    )
  }
}

interface Generation {
  readonly title: string
  readonly entries: readonly Entry[]
  readonly windowsEach: number
  readonly keepTable: () => void
}

async function runGeneration(
  bench: Bench,
  workspace: Workspace,
  { title, entries, windowsEach, keepTable }: Generation,
): Promise<void> {
  bench.progress(title)
  const runners = new Map<Entry, Runner>()
  for (const entry of entries) {
    await unlessFailed(bench, entry, async () => {
      const runner = await entry.candidate.start(workspace)
      if (runner.warmUp) {
        const report = await warmUp(runner.warmUp, runner.runWindow)
        entry.warmUps.push(report)
        bench.progress(`  ${entry.candidate.name}: does the work, warm-up ${inWords(report)}`)
      }
      runners.set(entry, runner)
    })
  }
  for (const entry of turnsOf(entries, Math.ceil(windowsEach / 2)).slice(0, windowsEach * entries.length)) {
    const runner = runners.get(entry)
    if (runner) await unlessFailed(bench, entry, () => measureQuietly(bench, entry, runner))
    keepTable()
  }
}

async function unlessFailed(
  { progress, signal }: Bench,
  entry: Entry,
  work: () => Promise<void>,
): Promise<void> {
  signal.throwIfAborted()
  if (entry.failed !== undefined) return
  try {
    await work()
  } catch (error) {
    signal.throwIfAborted()
    entry.failed = error instanceof Error ? error.message : String(error)
    progress(`  ${entry.candidate.name}: FAILED, ${entry.failed}`)
  }
}

/** Measures one window that counts. One that is not good is measured again, unless that has happened too often. */
async function measureQuietly({ progress, settings }: Bench, entry: Entry, runner: Runner): Promise<void> {
  for (;;) {
    const sample = await observeOthers(runner)
    const verdict = judge(sample)
    progress(`  ${entry.candidate.name}: ${formatNumber(sample.perSecond, 1)}/s${remarkOn(sample, verdict)}`)
    if (verdict === 'outrun') entry.outrunAt = Math.max(entry.outrunAt, sample.perSecond)
    const isLast = verdict === 'good' || entry.repeated >= settings.repeats
    if (isLast && verdict !== 'outrun') entry.samples.push(sample)
    if (isLast && verdict === 'disturbed') entry.disturbed += 1
    if (isLast) return
    entry.repeated += 1
    await untilQuiet(pidsOf(runner))
  }
}

/** Runs a window and adds how much processor time others used meanwhile. */
async function observeOthers(runner: Runner): Promise<Sample> {
  const shareSoFar = watchOthers(pidsOf(runner))
  const sample = await runner.runWindow()
  const othersShare = shareSoFar()
  return othersShare === undefined ? sample : { ...sample, othersShare }
}

/** The processes that work for a window. The load generator is a child of this one. */
function pidsOf({ pid }: Runner): readonly number[] {
  return pid === undefined ? [process.pid] : [process.pid, pid]
}

function standingOf({ candidate: { name, kind }, failed, outrunAt, ...entry }: Entry): Standing {
  if (failed !== undefined) return { name, kind, failed }
  if (entry.samples.length === 0 && outrunAt > 0)
    return { name, kind, failed: `it outruns the load generator, at ${formatNumber(outrunAt, 0)}/s and more` }
  return { name, kind, ...entry }
}

function inWords({ outcome, requests, seconds, rates }: WarmUpReport): string {
  const rate = formatNumber(rates.at(-1) ?? 0, 0)
  return `${outcome} at ${rate}/s after ${formatNumber(requests, 0)} requests, ${seconds.toFixed(0)} s`
}

function remarkOn({ othersShare = 0, generatorBusy = 0 }: Sample, verdict: Verdict): string {
  if (verdict === 'outrun') return ` (the load generator was ${Math.round(generatorBusy * 100)} % busy)`
  return verdict === 'disturbed' ? ` (others used ${Math.round(othersShare * 100)} % of a core)` : ''
}
