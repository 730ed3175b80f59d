import { readFileSync } from 'node:fs'

/** The tokens of an order: a slice of the lines of a file, or none. */
export const tokensOf = ({ tokenFile, from, count }) =>
  tokenFile === undefined
    ? []
    : readFileSync(tokenFile, 'utf8')
        .trimEnd()
        .split('\n')
        .slice(from, from + count)
