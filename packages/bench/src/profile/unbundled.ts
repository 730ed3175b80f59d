import { existsSync, readFileSync } from 'node:fs'
import { SourceMap } from 'node:module'
import { fileURLToPath } from 'node:url'
import type { CpuProfile } from './summarize.ts'

type Frame = CpuProfile['nodes'][number]['callFrame']

/** The same profile with places in bundled files mapped to the sources, by the source maps beside the files. */
export function unbundled(profile: CpuProfile): CpuProfile {
  const maps = new Map<string, SourceMap | undefined>()
  const mapOf = (url: string): SourceMap | undefined => {
    if (!maps.has(url)) maps.set(url, readMap(url))
    return maps.get(url)
  }
  const nodes = profile.nodes.map((node) => ({ ...node, callFrame: original(node.callFrame, mapOf) }))
  return { ...profile, nodes }
}

function original(frame: Frame, mapOf: (url: string) => SourceMap | undefined): Frame {
  const entry = mapOf(frame.url)?.findEntry(frame.lineNumber, frame.columnNumber)
  if (!entry || !('originalSource' in entry)) return frame
  const url = new URL(entry.originalSource, frame.url).href
  return { ...frame, url, lineNumber: entry.originalLine }
}

function readMap(url: string): SourceMap | undefined {
  if (!url.startsWith('file:')) return undefined
  const file = `${fileURLToPath(url)}.map`
  return existsSync(file) ? new SourceMap(JSON.parse(readFileSync(file, 'utf8'))) : undefined
}
