import { readFileSync } from 'node:fs'

/** The tokens of an order: the first lines of a file, beginning with the one after `from`; or none. */
export const tokensOf = ({ tokenFile, from = 0, count }) => {
  if (tokenFile === undefined) return []
  const tokens = readFileSync(tokenFile, 'utf8').trimEnd().split('\n').slice(0, count)
  return [...tokens.slice(from), ...tokens.slice(0, from)]
}
